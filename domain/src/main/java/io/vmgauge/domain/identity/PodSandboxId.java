package io.vmgauge.domain.identity;

/**
 * A pod sandbox's id in the Container Runtime Interface.
 *
 * @param value not blank, at most {@value Ids#LONGEST} printable ASCII characters without spaces
 */
public record PodSandboxId(String value) {
    public PodSandboxId {
        Ids.require(value, "pod sandbox id");
    }

    @Override
    public String toString() {
        return value;
    }
}
