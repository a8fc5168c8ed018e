package io.vmgauge.linux.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.linux.file.PageSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProcessStatTest {
    private static final Path PROC = Path.of("/proc");
    private static final String REST =
            " 1 0 0 0 -1 4194560 1 0 0 0 5 6 0 0 20 0 4 0 8128 999424 733 18446744073709551615 1";

    @Test
    void stateStartAndResidentSetAreRead() {
        assertEquals(Optional.of(new ProcessStat('S', 8128, 733)), ProcessStat.parse("77 (qemu-system-x86) S" + REST));
    }

    @Test
    void aCommandsNameMayBeAnything() {
        assertEquals(Optional.of(new ProcessStat('R', 8128, 733)), ProcessStat.parse("77 () R 1 (2)) R" + REST));
        assertEquals(Optional.of(new ProcessStat('Z', 8128, 733)), ProcessStat.parse("77 ( Z 9 \n) Z" + REST));
    }

    @Test
    void whatIsNotAsDocumentedTellsNothing() {
        for (String stat : new String[] {
            "", "77", "77 (x)", "77 (x) S", "77 (x) S 1 2 3", "77 (x) S" + REST.replace("733", "many"), ")"
        }) {
            assertEquals(Optional.empty(), ProcessStat.parse(stat), stat);
        }
    }

    /** A page more or less may come between the two looks. */
    @Test
    void theResidentSetIsThatOfStatusToWithinAMebibyte() throws IOException {
        long pid = ProcessHandle.current().pid();
        QemuProcess self = QemuProcess.of(PROC, pid).orElseThrow();
        long resident = self.residentBytes(PROC).orElseThrow();
        long status = Files.readAllLines(PROC.resolve("self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElseThrow();
        assertTrue(Math.abs(resident - status) < 1 << 20, resident + " and " + status);
        assertEquals(0, resident % PageSize.bytes());
        assertEquals(OptionalLong.empty(), new QemuProcess(pid, self.start() + 1).residentBytes(PROC), "another life");
    }
}
