package io.vmgauge.adapters.virtdf;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.testkit.FilesystemMeterContract;
import io.vmgauge.ports.testkit.FilesystemsLab;
import java.util.List;

/** The contract on a script that prints what virt-df would, so that its result comes within seconds. */
class ActedContractTest implements FilesystemMeterContract {
    /** The first line of an image says what it uses. An empty image has no filesystem. */
    private static final String ACTOR =
            """
            sleep 0.1
            echo VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%
            letters=abcdefgh
            i=0
            for word; do
              case $word in
                /*)
                  used=$(tr -d '\\0' <"$word")
                  [ -z "$used" ] || echo "acted+,/dev/sd${letters:$i:1},1000,$used,0,10.0"
                  i=$((i + 1)) ;;
              esac
            done
            """;

    @Override
    public FilesystemsLab lab() {
        return new ActedLab();
    }

    private static final class ActedLab extends PlaygroundLab {
        ActedLab() {
            image("root", "700");
            image("data", "300");
            image("blank", "");
        }

        @Override
        Filesystems open(String timeLimit) {
            return playground.open(program(ACTOR), timeLimit, "concurrency = 2");
        }

        private void image(String name, String content) {
            playground.write(name, content + "\0".repeat(2_000_000 - content.length()), "rw-------");
        }

        @Override
        public List<DiskImage> disks() {
            return List.of(disk("root"), disk("data"));
        }

        @Override
        public long usedBytes() {
            return 1000 * 1024;
        }

        @Override
        public DiskImage unformatted() {
            return disk("blank");
        }
    }
}
