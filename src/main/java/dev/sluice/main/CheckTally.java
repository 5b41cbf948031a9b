package dev.sluice.main;

import dev.sluice.message.CheckOutcome;
import dev.sluice.port.Checking;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Scheme;
import java.util.EnumMap;
import java.util.Map;

/** Counts of what was found out. Confined to one thread. */
final class CheckTally {
    private final Map<FailureReason, Integer> failed = new EnumMap<>(FailureReason.class);
    private final Map<Scheme, Integer> protocols = new EnumMap<>(Scheme.class);
    private final Map<Anonymity, Integer> anonymities = new EnumMap<>(Anonymity.class);
    private int checked;
    private int alive;
    private int connectOnly;
    private int belowLevel;
    private int peakInFlight;
    private long repeated;
    private Map<String, Long> cuts = Map.of();

    /** An entry has ended. */
    void ended(CheckOutcome outcome) {
        checked++;
        if (!outcome.alive()) {
            failed.merge(outcome.reason(), 1, Integer::sum);
            return;
        }
        alive++;
        if (outcome.anonymity() != Anonymity.UNKNOWN) {
            anonymities.merge(outcome.anonymity(), 1, Integer::sum);
        }
        boolean first = true;
        for (CheckRow row : CheckRow.of(outcome, null)) {
            protocols.merge(row.key().scheme(), 1, Integer::sum);
            connectOnly += first && row.reason().equals(CheckRow.CONNECT_ONLY) ? 1 : 0;
            first = false;
        }
    }

    /** One that works was left out because it tells its targets too much. */
    void leftOut() {
        belowLevel++;
    }

    /** What the checker says of itself now. */
    void observed(Checking.State state) {
        peakInFlight = Math.max(peakInFlight, state.inFlight());
        repeated = state.repeated();
        cuts = state.cuts();
    }

    /** Entries that have ended. */
    int checked() {
        return checked;
    }

    /** Entries that work. */
    int alive() {
        return alive;
    }

    /** Those of {@link #alive} that were only connected to. */
    int connectOnly() {
        return connectOnly;
    }

    /** Those of {@link #alive} that were left out for their anonymity. */
    int belowLevel() {
        return belowLevel;
    }

    /** Most checks seen under way at a time. */
    int peakInFlight() {
        return peakInFlight;
    }

    /** How often the rate was cut, by reason. */
    Map<String, Long> cuts() {
        return cuts;
    }

    /** Verdicts that were not trusted and repeated. */
    long repeated() {
        return repeated;
    }

    /** Entries that do not work, by reason. */
    Map<FailureReason, Integer> failed() {
        return failed;
    }

    /** Results that work, by protocol: an entry that speaks two counts twice. */
    Map<Scheme, Integer> protocols() {
        return protocols;
    }

    /** Entries that work, by anonymity as judged. */
    Map<Anonymity, Integer> anonymities() {
        return anonymities;
    }
}
