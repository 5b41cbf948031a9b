package dev.sluice.check;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The judges that answer, at a moment. Immutable.
 *
 * @param plain for plain HTTP, the preferred first; signed ones before others. Judges that do not sign are there only while
 *     enough of them answer to reach a quorum among themselves
 * @param tls for TLS, the preferred first; signed ones before others
 * @param tlsExpected whether TLS judges are to be waited for: while it is true and none answers, no verdict is reached on
 *     tunnels. It becomes false when none has answered for long; until one does, nobody is shown to be capable of HTTPS
 * @param own our own addresses as judges see them, canonical text
 * @param unsigned how many judges that do not sign must agree, 1 or more
 */
record JudgeSeats(List<Judge> plain, List<Judge> tls, boolean tlsExpected, Set<String> own, int unsigned) {
    JudgeSeats {
        plain = List.copyOf(plain);
        tls = List.copyOf(tls);
        own = Set.copyOf(own);
        if (unsigned < 1) {
            throw new IllegalArgumentException("quorum: " + unsigned + " (expected: 1 or more)");
        }
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

    /** How many plain judges must agree: one where the first signs, which is proof, else {@link #unsigned()}. */
    int quorum() {
        Judge first = firstPlain();
        return first != null && first.signed() ? 1 : unsigned;
    }
}
