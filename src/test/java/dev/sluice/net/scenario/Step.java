package dev.sluice.net.scenario;

/** What the counterpart of a client does or expects next. The line is where the script says so. */
@SuppressWarnings("ArrayRecordComponent")
sealed interface Step {
    int line();

    /** These bytes come next. */
    record ExpectBytes(int line, byte[] bytes) implements Step {}

    /** This line comes next, ended by CR LF. */
    record ExpectLine(int line, String text) implements Step {}

    /** Everything up to an empty line comes next, and is remembered. */
    record ExpectHead(int line) implements Step {}

    /** The head that was read last has this line, or a field of this name has it not. */
    record ExpectHeader(int line, String text, boolean present) implements Step {}

    /** A TLS record comes next. */
    record ExpectRecord(int line) implements Step {}

    /** Nothing comes any more but the client's close. */
    record ExpectClose(int line) implements Step {}

    /**
     * Sends.
     *
     * @param times how often, 0 for until the client is gone
     * @param piece bytes sent at once
     * @param pauseMillis after each piece, 0 for none
     */
    record Send(int line, byte[] bytes, int times, int piece, int pauseMillis) implements Step {}

    /** Waits; the client may go meanwhile. */
    record Pause(int line, int millis) implements Step {}

    /** From here on as a TLS server, of this version. */
    record StartTls(int line, Identity identity, String version) implements Step {}

    /** Ends the connection, or leaves its end to the client. */
    record End(int line, Manner manner) implements Step {}

    /** How a connection ends. */
    enum Manner {
        /** With all that TLS and TCP ask for. */
        CLOSE,
        /** Sends no more, but goes on reading. */
        HALF_CLOSE,
        /** TCP closes, TLS is not told. */
        CUT,
        RESET,
        /** Never: waits for the client's close. */
        HANG,
        /** Before it began: nobody listens. */
        REFUSE
    }
}
