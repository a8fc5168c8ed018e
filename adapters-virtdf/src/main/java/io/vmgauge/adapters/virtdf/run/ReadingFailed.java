package io.vmgauge.adapters.virtdf.run;

import io.vmgauge.domain.text.SafeText;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A VM's images could not be read this time. The message is one line and becomes the answer's reason. */
public final class ReadingFailed extends Exception {
    private static final long serialVersionUID = 1L;

    public ReadingFailed(String message) {
        super(SafeText.line(message));
    }

    /** A reading that could not write below its directory. The file differs each time, so it is not named. */
    public static ReadingFailed writing(Path directory, IOException e) {
        return new ReadingFailed("cannot write to " + directory + ": " + reason(e));
    }

    private static String reason(IOException e) {
        if (e instanceof FileSystemException file) {
            String reason = file.getReason();
            return reason == null ? e.getClass().getSimpleName() : reason;
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
