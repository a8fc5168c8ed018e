package io.vmgauge.linux.file;

/** How large the kernel's pages are. */
public final class PageSize {
    private PageSize() {}

    /** In bytes: 4096 on most hosts, up to 65536 on others. */
    public static long bytes() {
        return LibC.getpagesize();
    }
}
