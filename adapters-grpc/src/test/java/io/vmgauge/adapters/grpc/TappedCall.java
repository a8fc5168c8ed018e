package io.vmgauge.adapters.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A call by hand, message by message, that keeps everything that comes back. */
public final class TappedCall extends ClientCall.Listener<byte[]> {
    public final ClientCall<byte[], byte[]> call;
    final List<Metadata> headers = new CopyOnWriteArrayList<>();
    public final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<Ended> ended = new CompletableFuture<>();

    record Ended(Status status, Metadata trailers) {}

    public TappedCall(Channel channel, String method, Metadata sent, CallOptions options) {
        call = channel.newCall(RawCalls.method(method, MethodDescriptor.MethodType.UNKNOWN), options);
        call.start(this, sent);
    }

    public TappedCall(Channel channel, String method) {
        this(channel, method, new Metadata(), CallOptions.DEFAULT);
    }

    /** As a unary or server streaming call begins. */
    TappedCall send(byte[] request) {
        call.sendMessage(request);
        call.halfClose();
        return this;
    }

    public TappedCall takeAll() {
        call.request(Integer.MAX_VALUE);
        return this;
    }

    public byte[] next() {
        try {
            byte[] message = messages.poll(20, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("no message within 20 s");
            }
            return message;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    Ended ended() {
        try {
            return ended.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("the call did not end", e);
        }
    }

    public Status.Code code() {
        return ended().status().getCode();
    }

    @Override
    public void onHeaders(Metadata arrived) {
        headers.add(arrived);
    }

    @Override
    public void onMessage(byte[] message) {
        messages.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        ended.complete(new Ended(status, trailers));
    }
}
