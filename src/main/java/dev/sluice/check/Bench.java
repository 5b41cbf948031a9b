package dev.sluice.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who hears a case. Immutable.
 *
 * @param judges of different hosts, the preferred first
 * @param quorum how many must agree, where none of those who heard it signs
 */
record Bench(List<Judge> judges, int quorum) {
    Bench {
        judges = List.copyOf(judges);
    }

    /** Judges for plain HTTP. A light check is content with one. */
    static Bench plain(JudgeSeats seats, boolean thorough) {
        return new Bench(ofDifferentHosts(seats.plain()), thorough ? seats.unsigned() : 1);
    }

    /**
     * Judges to tunnel to: for TLS where there are some, else the plain ones. One for TLS is enough, signed or not: its
     * certificate vouches for every byte.
     */
    static Bench tunnel(JudgeSeats seats, int plainQuorum) {
        return seats.tls().isEmpty()
                ? new Bench(ofDifferentHosts(seats.plain()), plainQuorum)
                : new Bench(ofDifferentHosts(seats.tls()), 1);
    }

    /** Whether enough of them answer to reach a verdict. */
    boolean isComplete() {
        for (Judge judge : judges) {
            if (judge.signed()) {
                return true;
            }
        }
        return !judges.isEmpty() && judges.size() >= quorum;
    }

    private static List<Judge> ofDifferentHosts(List<Judge> all) {
        Set<String> hosts = new HashSet<>();
        List<Judge> kept = new ArrayList<>(all.size());
        for (Judge judge : all) {
            if (hosts.add(judge.url().host())) {
                kept.add(judge);
            }
        }
        return kept;
    }
}
