package io.vmgauge.adapters.libvirt.definition;

/** Where an image lies, in the words of a definition. */
public sealed interface ImageSource permits FileSource, VolumeSource, OtherSource {}
