package io.vmgauge.linux.file;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Map;

/** The system calls that the JDK does not offer. */
final class LibC {
    private LibC() {}

    static {
        Native.register(LibC.class, NativeLibrary.getInstance("c", Map.of(Library.OPTION_STRING_ENCODING, "UTF-8")));
    }

    /** getpagesize(2). */
    static native int getpagesize();

    /** statx(2). */
    static native int statx(int directory, String path, int flags, int mask, Pointer result);
}
