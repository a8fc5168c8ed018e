package io.vmgauge.adapters.virtdf.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What virt-df found on the disks of one VM: the filesystems that it could read, each once.
 *
 * <p>The guest decides what is on its disks and so what virt-df prints. Nothing it does may lead to an exception other
 * than {@link UnreadableReport}, or to a number that virt-df did not print.
 */
public final class Report {
    private static final List<String> TITLES =
            List.of("VirtualMachine", "Filesystem", "1K-blocks", "Used", "Available", "Use%");
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");
    private static final Pattern SHARE = Pattern.compile("[0-9]{0,3}(\\.[0-9]+)?");
    private static final Pattern DISK = Pattern.compile("/dev/sd([a-z]{1,3})[0-9]*");
    private static final String SUBVOLUME = "btrfsvol:";
    private static final int KIBIBYTE = 1024;

    private final List<Filesystem> filesystems;

    /**
     * One filesystem.
     *
     * @param device as the appliance names it: sda is the first disk that virt-df was given
     */
    record Filesystem(String device, long sizeKib, long usedKib) {}

    private Report(List<Filesystem> filesystems) {
        this.filesystems = filesystems;
    }

    public static Report parse(String csv) throws UnreadableReport {
        List<List<String>> rows = Csv.parse(csv);
        // With another language or unit in the titles the numbers would mean something else.
        if (rows.isEmpty() || !rows.get(0).equals(TITLES)) {
            throw new UnreadableReport("it does not begin with the titles that virt-df prints");
        }
        List<Filesystem> devices = new ArrayList<>();
        List<String> subvolumes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (List<String> row : rows.subList(1, rows.size())) {
            Filesystem filesystem = filesystem(row, rows.get(1).get(0));
            if (!names.add(filesystem.device)) {
                throw new UnreadableReport("it tells of one filesystem twice");
            }
            if (filesystem.device.startsWith(SUBVOLUME)) {
                subvolumes.add(filesystem.device);
            } else {
                devices.add(filesystem);
            }
        }
        refuseOrphans(subvolumes, names);
        return new Report(devices);
    }

    private static Filesystem filesystem(List<String> row, String vm) throws UnreadableReport {
        if (row.size() != TITLES.size() || !row.get(0).equals(vm)) {
            throw new UnreadableReport("it has a line that is not about a filesystem of this VM");
        }
        long size = whole(row.get(2));
        long used = whole(row.get(3));
        long available = whole(row.get(4));
        if (!SHARE.matcher(row.get(5)).matches() || used > size || available > size - used) {
            throw new UnreadableReport("it tells of a filesystem that is fuller than full");
        }
        return new Filesystem(row.get(1), size, used);
    }

    private static long whole(String digits) throws UnreadableReport {
        if (!WHOLE.matcher(digits).matches()) {
            throw new UnreadableReport("it has something else where a size should be");
        }
        return Long.parseLong(digits);
    }

    /** Each btrfs subvolume repeats the numbers of its filesystem, which has a line of its own that counts. */
    private static void refuseOrphans(List<String> subvolumes, Set<String> names) throws UnreadableReport {
        for (String subvolume : subvolumes) {
            boolean counted = false;
            for (int slash = subvolume.indexOf('/', SUBVOLUME.length() + 1);
                    slash >= 0 && !counted;
                    slash = subvolume.indexOf('/', slash + 1)) {
                counted = names.contains(subvolume.substring(SUBVOLUME.length(), slash));
            }
            if (!counted) {
                throw new UnreadableReport("it tells of a btrfs subvolume without its filesystem");
            }
        }
    }

    List<Filesystem> filesystems() {
        return filesystems;
    }

    /**
     * The used bytes of all filesystems together. Absent if there is none, or none whose size virt-df could tell.
     *
     * @param capacities the sizes of the disks in bytes, as far as known, in the order in which virt-df was given them
     */
    public OptionalLong usedBytes(List<OptionalLong> capacities) throws UnreadableReport {
        long sum = 0;
        boolean any = false;
        for (Filesystem filesystem : filesystems) {
            refuseLargerThanItsDisk(filesystem, capacities);
            any |= filesystem.sizeKib > 0;
            sum = sum(sum, filesystem.usedKib);
        }
        return any ? OptionalLong.of(sum) : OptionalLong.empty();
    }

    private static long sum(long bytes, long kibibytes) throws UnreadableReport {
        try {
            return Math.addExact(bytes, Math.multiplyExact(kibibytes, KIBIBYTE));
        } catch (ArithmeticException e) {
            throw new UnreadableReport("it tells of more bytes than there are");
        }
    }

    /** A btrfs that spans several disks is one filesystem, but virt-df counts all of it for each of them. */
    private static void refuseLargerThanItsDisk(Filesystem filesystem, List<OptionalLong> capacities)
            throws UnreadableReport {
        Matcher disk = DISK.matcher(filesystem.device);
        if (disk.matches()) {
            int number = number(disk.group(1));
            if (number >= capacities.size()) {
                throw new UnreadableReport("it tells of a disk that was not read");
            }
            OptionalLong capacity = capacities.get(number);
            if (capacity.isPresent() && filesystem.sizeKib > capacity.getAsLong() / KIBIBYTE) {
                throw new UnreadableReport("a filesystem is larger than its disk: it may span several, as btrfs can");
            }
        }
    }

    /** a is 0, z is 25, aa is 26. */
    private static int number(String letters) {
        int number = 0;
        for (int i = 0; i < letters.length(); i++) {
            number = number * 26 + letters.charAt(i) - 'a' + 1;
        }
        return number - 1;
    }
}
