package io.vmgauge.linux.network;

/**
 * A network device of this host that is a VM's interface.
 *
 * @param name its whole name
 * @param isTap whether it is a tap device, which receives what the guest sends. A macvtap device counts as the guest
 *     does
 */
public record GuestDevice(String name, boolean isTap) {}
