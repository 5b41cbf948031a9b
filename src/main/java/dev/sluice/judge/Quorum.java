package dev.sluice.judge;

/**
 * Whether enough judges have spoken. Judges that do not sign must agree: as many of them must have answered genuinely
 * before a proxy works, and as many must have been out of reach before it fails. One that signs is enough to show that it
 * works. Where one was reached and another was not, the fault is that judge's: more are asked, and when there are no more,
 * there is no verdict. Their exits need not agree: a proxy may leave by another address each time. Immutable.
 *
 * @param needed how many must agree, 1 or more
 * @param agreed how many answered genuinely
 * @param refused how many could not be reached through the proxy, or something else came in place of their answer
 * @param proven whether one that signs is among those that answered
 */
public record Quorum(int needed, int agreed, int refused, boolean proven) {
    public Quorum {
        if (needed < 1) {
            throw new IllegalArgumentException("needed: " + needed + " (expected: 1 or more)");
        }
    }

    /** Nobody has spoken yet. */
    public static Quorum of(int needed) {
        return new Quorum(needed, 0, 0, false);
    }

    /** After one more genuine answer. */
    public Quorum genuine(boolean signed) {
        return new Quorum(needed, agreed + 1, refused, proven || signed);
    }

    /** After one more genuine answer that is not signed. */
    public Quorum genuine() {
        return genuine(false);
    }

    /** After one more judge that was not reached. */
    public Quorum failed() {
        return new Quorum(needed, agreed, refused + 1, proven);
    }

    /** Whether the proxy passes requests on. */
    public boolean works() {
        return proven || agreed >= needed;
    }

    /** Whether the proxy does not pass requests on. */
    public boolean fails() {
        return agreed == 0 && refused >= needed;
    }

    /** Whether no further judge need be asked. */
    public boolean decided() {
        return works() || fails();
    }
}
