package dev.sluice.secret;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** A key that was neither revoked nor has expired. Thread-safe. */
public final class ApiKey {
    private final KeyRecord record;
    private final byte[] hash;
    private final Set<Role> roles;
    private final boolean usable;
    private final Use use;

    ApiKey(KeyRecord record, boolean usable, Use use) {
        this.record = record;
        this.hash = record.hash();
        Set<Role> all = EnumSet.noneOf(Role.class);
        all.addAll(record.roles().contains(Role.ADMIN) ? Set.of(Role.values()) : record.roles());
        this.roles = all;
        this.usable = usable;
        this.use = use;
    }

    /** Its public part. */
    public String id() {
        return record.id();
    }

    /** What the operator calls it. */
    public String label() {
        return record.label();
    }

    /** The roles it was given. */
    public Set<Role> roles() {
        return record.roles();
    }

    /** Whether it has a role, be it as a part of ADMIN. */
    public boolean has(Role role) {
        return roles.contains(role);
    }

    /** Whether its answers show passwords of proxies. */
    public boolean credentials() {
        return record.credentials();
    }

    /** Its own limit; 0 for the configured one. */
    public int requestsPerSecond() {
        return record.requestsPerSecond();
    }

    /** False when it was made with another pepper: then it can't be told whether the key that was sent is right. */
    public boolean usable() {
        return usable;
    }

    /** State of its limit, for {@link Gcra#take}; the same for as long as the process runs. */
    public AtomicLong limiter() {
        return use.limiter;
    }

    /** Notes that it was used. */
    public void used(long atMillis) {
        use.lastUsedAtMillis.lazySet(atMillis);
    }

    KeyRecord record() {
        return record;
    }

    Use use() {
        return use;
    }

    byte[] hash() {
        return hash;
    }

    /** What changes with every request; outlives changes of the key. */
    static final class Use {
        final AtomicLong limiter;
        final AtomicLong lastUsedAtMillis;
        /** Written by {@link ApiKeys} only, one flush at a time. */
        volatile long flushedMillis;

        Use(long nowNanos, long lastUsedAtMillis) {
            this.limiter = new AtomicLong(nowNanos);
            this.lastUsedAtMillis = new AtomicLong(lastUsedAtMillis);
            this.flushedMillis = lastUsedAtMillis;
        }
    }
}
