package io.vmgauge.adapters.libvirt;

/** Where an image lies, in the words of a definition. */
sealed interface ImageSource permits FileSource, VolumeSource, OtherSource {}
