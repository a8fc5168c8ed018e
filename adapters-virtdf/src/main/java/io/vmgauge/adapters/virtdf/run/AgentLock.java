package io.vmgauge.adapters.virtdf.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The lock on an agent's directory. It ends when it is closed, and with its process, however that ends. */
final class AgentLock implements AutoCloseable {
    private static final String FILE = "lock";

    /**
     * The agents' directories that this process has locked. It must not open their locks again: a process that closes any
     * handle of a file loses its locks on that file.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path agent;
    private final FileChannel channel;

    private AgentLock(Path agent, FileChannel channel) {
        this.agent = agent;
        this.channel = channel;
    }

    /** Null if another agent has the lock. */
    static @Nullable AgentLock of(Path agent) throws IOException {
        synchronized (HELD) {
            if (HELD.contains(agent)) {
                return null;
            }
            FileChannel channel = FileChannel.open(
                    agent.resolve(FILE),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);
            FileLock taken = channel.tryLock();
            if (taken == null) {
                channel.close();
                return null;
            }
            HELD.add(agent);
            return new AgentLock(agent, channel);
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            HELD.remove(agent);
            channel.close();
        }
    }
}
