package io.vmgauge.domain.identity;

import java.util.UUID;

/**
 * A pod sandbox's id in the Container Runtime Interface.
 *
 * @param value not blank, at most {@value Ids#LONGEST} printable ASCII characters without spaces
 */
public record PodSandboxId(String value) {
    public PodSandboxId {
        Ids.require(value, "pod sandbox id");
    }

    /**
     * The id of a sandbox that nobody gave one and whose pod's uid is its container's id already. Always the same for a
     * uid, and no other uid's.
     */
    public static PodSandboxId madeOf(String podUid) {
        Ids.require(podUid, "pod uid");
        String text = "urn:vmgauge:sandbox:" + podUid;
        byte[] seed = new byte[text.length()];
        for (int i = 0; i < seed.length; i++) {
            seed[i] = (byte) text.charAt(i);
        }
        return new PodSandboxId(UUID.nameUUIDFromBytes(seed).toString());
    }

    @Override
    public String toString() {
        return value;
    }
}
