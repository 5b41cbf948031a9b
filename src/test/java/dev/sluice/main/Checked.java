package dev.sluice.main;

import dev.sluice.message.Candidate;
import dev.sluice.message.CheckOutcome;
import dev.sluice.message.DueProxy;
import dev.sluice.port.Checking;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.Capability;
import dev.sluice.proxy.CheckKind;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.ProxyKey;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Verified;
import java.util.List;
import java.util.Map;

/** Entries, outcomes and states for tests of the command {@code check}. */
final class Checked {
    private Checked() {}

    /** {@code scheme://[user:password@]host:port}, taken as it stands. */
    static ProxyKey key(String url) {
        String[] parts = url.split("://", 2);
        int at = parts[1].indexOf('@');
        int colon = parts[1].lastIndexOf(':');
        String[] user = at < 0 ? new String[0] : parts[1].substring(0, at).split(":", 2);
        return new ProxyKey(
                Scheme.of(parts[0]).orElseThrow(),
                parts[1].substring(at + 1, colon),
                Integer.parseInt(parts[1].substring(colon + 1)),
                at < 0 ? null : Credentials.of(user[0], user[1]));
    }

    static CheckedList list(String... urls) {
        CheckedList.Gathering gathering = new CheckedList.Gathering();
        for (String url : urls) {
            gathering.add(new Candidate(key(url), Capability.NONE, null));
        }
        return gathering.list();
    }

    static DueProxy due(String url) {
        return new DueProxy(0, key(url), Health.fresh(1), CheckKind.COMPREHENSIVE);
    }

    static CheckOutcome works(DueProxy due, Anonymity anonymity, Scheme... spoken) {
        return new CheckOutcome(
                due,
                true,
                Verified.FULL,
                FailureReason.NONE,
                12.345,
                Capability.HTTP.bit(),
                anonymity,
                Tampering.NONE,
                "163.172.44.9",
                1,
                List.of(12.345),
                null,
                List.of(spoken),
                1);
    }

    static CheckOutcome connects(DueProxy due) {
        return new CheckOutcome(
                due,
                true,
                Verified.CONNECT,
                FailureReason.NONE,
                7,
                Capability.NONE,
                Anonymity.UNKNOWN,
                Tampering.NONE,
                null,
                0,
                List.of(),
                null,
                List.of(),
                1);
    }

    static CheckOutcome fails(DueProxy due, FailureReason reason) {
        return new CheckOutcome(
                due,
                false,
                Verified.NONE,
                reason,
                Double.NaN,
                Capability.NONE,
                Anonymity.UNKNOWN,
                reason == FailureReason.TAMPERED ? Tampering.CONTENT : Tampering.NONE,
                null,
                0,
                List.of(),
                null,
                List.of(),
                1);
    }

    static Checking.State state(int inFlight, long repeated) {
        return new Checking.State(
                false, 1_500, 1_480, 20_000, 2_000, inFlight, 0, 0, repeated, "growing", null, 0, Map.of(), 0, 0, 0,
                List.of(), List.of());
    }
}
