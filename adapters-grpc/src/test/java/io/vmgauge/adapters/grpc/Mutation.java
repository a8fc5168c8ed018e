package io.vmgauge.adapters.grpc;

import java.util.Arrays;
import java.util.Random;

/**
 * What bad memory, a mistake or an attacker makes of a message: bytes that nearly are a message, and sometimes noise.
 */
public final class Mutation {
    /** Ends of varints, lengths that are too large, and tags of each wire type. */
    private static final byte[] EVIL = {0, 1, 2, 8, 9, 10, 11, 12, 13, 0x12, 0x1a, 0x7f, (byte) 0x80, (byte) 0xff};

    private static final int MOST_STEPS = 3;
    private static final int MOST_BYTES = 16;

    private final Random random;

    public Mutation(Random random) {
        this.random = random;
    }

    /** Never empty. */
    public byte[] of(byte[] good) {
        if (random.nextInt(20) == 0) {
            return noise(1 + random.nextInt(64));
        }
        byte[] bytes = good.clone();
        for (int steps = 1 + random.nextInt(MOST_STEPS) / 2; steps > 0; steps--) {
            bytes = step(bytes);
        }
        return bytes.length == 0 ? noise(1) : bytes;
    }

    private byte[] step(byte[] bytes) {
        if (bytes.length == 0) {
            return noise(1);
        }
        int at = random.nextInt(bytes.length);
        int end = Math.min(bytes.length, at + 1 + random.nextInt(MOST_BYTES));
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = EVIL[random.nextInt(EVIL.length)];
            case 2 -> bytes[at] = (byte) random.nextInt();
            case 3 -> {
                byte[] more = random.nextBoolean()
                        ? new byte[] {EVIL[random.nextInt(EVIL.length)]}
                        : noise(1 + random.nextInt(MOST_BYTES));
                return joined(bytes, at, more, at);
            }
            case 4 -> {
                return joined(bytes, at, new byte[0], end);
            }
            case 5 -> {
                return joined(bytes, end, Arrays.copyOfRange(bytes, at, end), end);
            }
            case 6 -> {
                return Arrays.copyOf(bytes, at);
            }
            default -> {
                return joined(bytes, bytes.length, new byte[] {EVIL[random.nextInt(EVIL.length)]}, bytes.length);
            }
        }
        return bytes;
    }

    /** The bytes before the first place, then others, then those from the second place on. */
    private static byte[] joined(byte[] bytes, int until, byte[] middle, int from) {
        byte[] joined = Arrays.copyOf(bytes, until + middle.length + bytes.length - from);
        System.arraycopy(middle, 0, joined, until, middle.length);
        System.arraycopy(bytes, from, joined, until + middle.length, bytes.length - from);
        return joined;
    }

    private byte[] noise(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }
}
