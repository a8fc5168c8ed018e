package io.vmgauge.domain.identity;

/**
 * A container's id in the Container Runtime Interface.
 *
 * @param value not blank, at most {@value Ids#LONGEST} printable ASCII characters without spaces
 */
public record ContainerId(String value) {
    public ContainerId {
        Ids.require(value, "container id");
    }

    @Override
    public String toString() {
        return value;
    }
}
