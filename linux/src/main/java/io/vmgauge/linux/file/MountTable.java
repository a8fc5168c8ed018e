package io.vmgauge.linux.file;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where, as {@code /proc/self/mountinfo} tells it (proc_pid_mountinfo(5) of Linux). */
public final class MountTable {
    /**
     * The types of file systems whose files lie elsewhere than on this node's own disks. Those of FUSE stand here
     * without "fuse.".
     */
    private static final Set<String> NETWORK = Set.of(
            "9p",
            "afs",
            "autofs",
            "beegfs",
            "ceph",
            "cifs",
            "coda",
            "cvmfs",
            "davfs",
            "davfs2",
            "gcsfuse",
            "gfs2",
            "glusterfs",
            "gpfs",
            "juicefs",
            "lustre",
            "mfs",
            "moosefs",
            "ncpfs",
            "nfs",
            "nfs4",
            "ocfs2",
            "orangefs",
            "panfs",
            "prl_fs",
            "quobyte",
            "rclone",
            "s3fs",
            "seaweedfs",
            "smb2",
            "smb3",
            "smbfs",
            "sshfs",
            "vboxsf",
            "virtiofs",
            "vmhgfs",
            "vmhgfs-fuse",
            "wekafs");

    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

    private final Map<String, Mount> byPoint = new HashMap<>();

    /**
     * One file system.
     *
     * @param point where it is seen
     * @param root the directory of the file system that is seen there; not {@code /} if a part of it is mounted
     * @param type as the kernel calls it
     */
    public record Mount(String point, String root, String type) {
        public boolean isNetwork() {
            return NETWORK.contains(type.startsWith("fuse.") ? type.substring(5) : type);
        }

        /** Whether the kernel answers by itself: no server and no program is asked. */
        boolean isQuick() {
            return !isNetwork() && !type.startsWith("fuse");
        }

        /** The path of a file that lies here within the file system itself. */
        public String within(String path) {
            String rest = point.equals("/") ? path : path.substring(point.length());
            return root.equals("/") ? rest : root + rest;
        }
    }

    /**
     * Parses the table.
     *
     * @param mountinfo the file's text; lines that make no sense are skipped
     */
    public MountTable(String mountinfo) {
        mountinfo.lines().forEach(this::add);
    }

    /** {@code 36 35 98:0 /root /point rw,noatime master:1 - type source options}; a later line hides an earlier one. */
    private void add(String line) {
        String[] fields = line.split(" ", -1);
        int end = line.indexOf(" - ");
        if (fields.length > 5 && end >= 0) {
            String type = line.substring(end + 3).split(" ", 2)[0];
            Mount mount = new Mount(unescaped(fields[4]), unescaped(fields[3]), type);
            byPoint.put(mount.point, mount);
        }
    }

    /**
     * Where a file lies; absent if nothing is known at all.
     *
     * @param path absolute, without dots and links
     */
    Optional<Mount> of(String path) {
        String point = path;
        Mount mount = byPoint.get(point);
        while (mount == null && !point.equals("/")) {
            int slash = point.lastIndexOf('/');
            point = slash <= 0 ? "/" : point.substring(0, slash);
            mount = byPoint.get(point);
        }
        return Optional.ofNullable(mount);
    }

    /** A blank is written as {@code \040}. */
    private static String unescaped(String field) {
        return field.indexOf('\\') < 0
                ? field
                : ESCAPED.matcher(field)
                        .replaceAll(code ->
                                Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(code.group(1), 8))));
    }
}
