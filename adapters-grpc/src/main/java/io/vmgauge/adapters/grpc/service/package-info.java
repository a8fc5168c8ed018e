/** The CRI calls that vmgauge answers by itself, health, reflection, and the refusal of all others. */
package io.vmgauge.adapters.grpc.service;
