package io.vmgauge.adapters.grpc.socket;

import io.vmgauge.domain.text.SafeText;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The errors of files in words. */
public final class FileErrors {
    private FileErrors() {}

    /** Why a file cannot be used. The words do not name the file, which the caller has named. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return SafeText.line(file.getReason());
        }
        if (e instanceof FileSystemException) {
            // AccessDeniedException has no reason: its name is one.
            return e.getClass().getSimpleName().replaceAll("Exception$", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ");
        }
        return SafeText.line(String.valueOf(e.getMessage()));
    }
}
