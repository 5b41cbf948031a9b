package dev.sluice.check;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The judges that answer, at a moment. Immutable.
 *
 * @param plain for plain HTTP, the preferred first; signed ones before others
 * @param tls for TLS, the preferred first
 * @param tlsExpected whether there are TLS judges, up or not
 * @param own our own addresses as judges see them, canonical text
 * @param quorum how many judges must agree when the first plain one does not sign, 1 or more
 */
record JudgeSeats(List<Judge> plain, List<Judge> tls, boolean tlsExpected, Set<String> own, int quorum) {
    JudgeSeats {
        plain = List.copyOf(plain);
        tls = List.copyOf(tls);
        own = Set.copyOf(own);
    }

    /** Nobody there. */
    static final JudgeSeats EMPTY = new JudgeSeats(List.of(), List.of(), false, Set.of(), 1);

    @Nullable
    Judge firstPlain() {
        return plain.isEmpty() ? null : plain.get(0);
    }

    @Nullable
    Judge firstTls() {
        return tls.isEmpty() ? null : tls.get(0);
    }
}
