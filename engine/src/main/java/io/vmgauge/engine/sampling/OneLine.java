package io.vmgauge.engine.sampling;

/** An error in one line of bounded length. Its message may come from anywhere. */
final class OneLine {
    private static final int LONGEST = 300;

    private OneLine() {}

    static String of(Throwable e) {
        String text = e.toString().replaceAll("[\\p{Cntrl}\\s]+", " ");
        return text.substring(0, Math.min(LONGEST, text.length()));
    }
}
