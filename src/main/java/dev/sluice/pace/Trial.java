package dev.sluice.pace;

/**
 * A cut that is being tried, because its reason may as well lie in the list of targets: if starting less changes
 * nothing, starting too much was not the cause.
 *
 * @param reason of the cut
 * @param value what the signal said when cut
 * @param relief factor by which the value improves when the cut was right and not yet enough
 * @param rateBefore the rate to go back to
 * @param saturationBefore remembered rate of saturation to go back to
 * @param cutNanos when
 */
record Trial(String reason, double value, double relief, double rateBefore, double saturationBefore, long cutNanos) {

    /** The trial of a further cut for the same reason: what to go back to stays. */
    Trial again(Trial further) {
        return new Trial(reason, further.value, further.relief, rateBefore, saturationBefore, further.cutNanos);
    }
}
