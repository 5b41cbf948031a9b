package dev.sluice.store.schema;

import dev.sluice.port.JobKind;
import dev.sluice.port.JobState;
import dev.sluice.port.KeyRecord;
import dev.sluice.proxy.Anonymity;
import dev.sluice.proxy.FailureReason;
import dev.sluice.proxy.NetworkType;
import dev.sluice.proxy.RiskCategory;
import dev.sluice.proxy.Rotation;
import dev.sluice.proxy.Scheme;
import dev.sluice.proxy.Tampering;
import dev.sluice.proxy.Tier;
import dev.sluice.proxy.TierReason;
import dev.sluice.proxy.Verified;
import dev.sluice.store.StoreException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Small numbers that stand for enumerations in the databases. They are fixed for ever, whatever order the enumerations
 * are declared in; the migration scripts list them.
 */
public final class Codes {
    private static final Scheme[] SCHEMES = table(Scheme.values(), Codes::of, new Scheme[6]);
    private static final Verified[] VERIFIED = table(Verified.values(), Codes::of, new Verified[3]);
    private static final Anonymity[] ANONYMITY = table(Anonymity.values(), Codes::of, new Anonymity[4]);
    private static final Tampering[] TAMPERING = table(Tampering.values(), Codes::of, new Tampering[3]);
    private static final Rotation[] ROTATIONS = table(Rotation.values(), Codes::of, new Rotation[3]);
    private static final TierReason[] TIER_REASONS = table(TierReason.values(), Codes::of, new TierReason[16]);
    private static final RiskCategory[] RISKS = table(RiskCategory.values(), Codes::of, new RiskCategory[5]);
    private static final FailureReason[] REASONS = table(FailureReason.values(), Codes::of, new FailureReason[16]);
    private static final JobKind[] JOB_KINDS = table(JobKind.values(), Codes::of, new JobKind[6]);
    private static final NetworkType[] NETWORK_TYPES = table(NetworkType.values(), Codes::of, new NetworkType[4]);
    private static final JobState[] JOB_STATES = table(JobState.values(), Codes::of, new JobState[5]);

    private Codes() {}

    /** Code of a scheme. */
    public static int of(Scheme scheme) {
        return switch (scheme) {
            case UNKNOWN -> 0;
            case HTTP -> 1;
            case HTTPS -> 2;
            case SOCKS4 -> 4;
            case SOCKS5 -> 5;
        };
    }

    /** Code of a kind of verdict. */
    public static int of(Verified verified) {
        return switch (verified) {
            case NONE -> 0;
            case CONNECT -> 1;
            case FULL -> 2;
        };
    }

    /** Code of an anonymity level. */
    public static int of(Anonymity anonymity) {
        return switch (anonymity) {
            case UNKNOWN -> 0;
            case TRANSPARENT -> 1;
            case ANONYMOUS -> 2;
            case ELITE -> 3;
        };
    }

    /** Code of a kind of tampering. */
    public static int of(Tampering tampering) {
        return switch (tampering) {
            case NONE -> 0;
            case CONTENT -> 1;
            case CERTIFICATE -> 2;
        };
    }

    /** Code of what is known of changing exit addresses. */
    public static int of(Rotation rotation) {
        return switch (rotation) {
            case STEADY -> 0;
            case ROTATING -> 1;
            case SETTLING -> 2;
        };
    }

    /** Code of a tier: its number. */
    public static int of(Tier tier) {
        return tier.number();
    }

    /** Code of a reason for a tier. */
    public static int of(TierReason reason) {
        return switch (reason) {
            case NONE -> 0;
            case FIRST_SUCCESS -> 1;
            case RECOVERED -> 2;
            case STEADY -> 3;
            case FORGIVEN -> 4;
            case FIRST_FAILURE -> 5;
            case UNSTEADY -> 6;
            case DIED -> 7;
            case FAILURES_IN_A_ROW -> 8;
            case NEVER_WORKED -> 9;
            case TAMPERED -> 10;
            case CLEAN_AGAIN -> 11;
            case REACHED -> 12;
            case OVERRIDDEN -> 13;
            case OVERRIDE_ENDED -> 14;
            case REPLACED -> 15;
        };
    }

    /** Code of a risk category. */
    public static int of(RiskCategory risk) {
        return switch (risk) {
            case UNRATED -> 0;
            case LOW -> 1;
            case MEDIUM -> 2;
            case HIGH -> 3;
            case DEAD -> 4;
        };
    }

    /** Code of a reason of failure. */
    public static int of(FailureReason reason) {
        return switch (reason) {
            case NONE -> 0;
            case REFUSED -> 1;
            case CONNECT_TIMEOUT -> 2;
            case UNREACHABLE -> 3;
            case DNS -> 4;
            case TIMEOUT -> 5;
            case RESET -> 6;
            case PROTOCOL -> 7;
            case AUTH -> 8;
            case TARGET -> 9;
            case TLS -> 10;
            case JUDGE_MISMATCH -> 11;
            case TAMPERED -> 12;
            case FORBIDDEN -> 13;
            case LOCAL -> 14;
            case TARGET_CHECK -> 15;
        };
    }

    /** Code of a type of network; 0 for none. */
    public static int of(@Nullable NetworkType type) {
        if (type == null) {
            return 0;
        }
        return switch (type) {
            case DATACENTER -> 1;
            case RESIDENTIAL -> 2;
            case MOBILE -> 3;
        };
    }

    /** Code of a kind of job. */
    public static int of(JobKind kind) {
        return switch (kind) {
            case VALIDATION -> 1;
            case GEO -> 2;
            case ANALYSIS -> 3;
            case IMPORT -> 4;
            case EXPORT -> 5;
        };
    }

    /** Code of the state of a job. */
    public static int of(JobState state) {
        return switch (state) {
            case PENDING -> 0;
            case PROCESSING -> 1;
            case COMPLETED -> 2;
            case FAILED -> 3;
            case CANCELLED -> 4;
        };
    }

    /** Bits of roles. */
    public static int of(Set<KeyRecord.Role> roles) {
        int bits = 0;
        for (KeyRecord.Role role : roles) {
            bits |= bit(role);
        }
        return bits;
    }

    private static int bit(KeyRecord.Role role) {
        return switch (role) {
            case READ -> 1;
            case FEEDBACK -> 2;
            case ADMIN -> 4;
        };
    }

    /** The scheme with this code. */
    public static Scheme scheme(long code) {
        return get("scheme", SCHEMES, code);
    }

    static Verified verified(long code) {
        return get("verified", VERIFIED, code);
    }

    static Anonymity anonymity(long code) {
        return get("anonymity", ANONYMITY, code);
    }

    static Tampering tampering(long code) {
        return get("tampering", TAMPERING, code);
    }

    static Rotation rotation(long code) {
        return get("rotation", ROTATIONS, code);
    }

    /** The tier with this code. */
    public static Tier tier(long code) {
        return Tier.ofNumber(Math.toIntExact(code));
    }

    static TierReason tierReason(long code) {
        return get("tier_reason", TIER_REASONS, code);
    }

    static RiskCategory risk(long code) {
        return get("risk", RISKS, code);
    }

    static FailureReason reason(long code) {
        return get("last_reason", REASONS, code);
    }

    /** The type of network with this code; null for 0. */
    static @Nullable NetworkType networkType(long code) {
        return code == 0 ? null : get("network_type", NETWORK_TYPES, code);
    }

    /** The kind of job with this code. */
    public static JobKind jobKind(long code) {
        return get("kind", JOB_KINDS, code);
    }

    /** The state of a job with this code. */
    public static JobState jobState(long code) {
        return get("state", JOB_STATES, code);
    }

    static Set<KeyRecord.Role> roles(long bits) {
        Set<KeyRecord.Role> roles = EnumSet.noneOf(KeyRecord.Role.class);
        for (KeyRecord.Role role : KeyRecord.Role.values()) {
            if ((bits & bit(role)) != 0) {
                roles.add(role);
            }
        }
        if (of(roles) != bits) {
            throw new StoreException(
                    StoreException.Kind.FAILED, "roles: " + bits + " (expected: bits this version knows)");
        }
        return roles;
    }

    private static <E> E[] table(E[] values, ToIntFunction<E> code, E[] table) {
        for (E value : values) {
            table[code.applyAsInt(value)] = value;
        }
        return table;
    }

    @SuppressWarnings("NullAway") // a code nobody has is null in the table
    private static <E> E get(String column, E[] table, long code) {
        E value = code < 0 || code >= table.length ? null : table[(int) code];
        if (value == null) {
            throw new StoreException(
                    StoreException.Kind.FAILED, column + ": " + code + " (expected: a code this version knows)");
        }
        return value;
    }
}
