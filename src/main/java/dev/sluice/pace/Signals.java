package dev.sluice.pace;

import org.jspecify.annotations.Nullable;

/**
 * What was observed since the last tick of the controller.
 *
 * @param inFlight checks under way now
 * @param openFiles descriptors the process has open now
 * @param answered connects that any TCP answer ended: SYN-ACK or RST
 * @param unanswered connects that ended without one
 * @param fastConnectNanos 10th percentile of the connect times of {@code answered}, 0 without any
 * @param lagNanos worst lateness of an event loop
 * @param anchorProbes anchor probes that ended
 * @param anchorFailures those of them that failed
 * @param anchorNanos mean delay of those that succeeded, 0 without any; anchors differ in distance, so each above its own
 *     best, as {@link AnchorReadings} gives it
 * @param localError what our own side lacked (such as {@code descriptors}), null when nothing
 * @param conntrack share of the kernel's connection table in use, 0..1, 0 when not known
 */
public record Signals(
        int inFlight,
        int openFiles,
        long answered,
        long unanswered,
        long fastConnectNanos,
        long lagNanos,
        int anchorProbes,
        int anchorFailures,
        long anchorNanos,
        @Nullable String localError,
        double conntrack) {}
