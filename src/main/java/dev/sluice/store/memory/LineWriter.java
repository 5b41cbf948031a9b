package dev.sluice.store.memory;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.port.KeyRecord;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.Health;
import dev.sluice.proxy.Location;
import dev.sluice.proxy.ManualOverride;
import dev.sluice.proxy.ProxyKey;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes things as JSON objects with the names of the SQL columns. What says nothing is left out: zeros, false, what is not
 * known. Times are milliseconds since 1970-01-01T00:00Z. Not thread-safe.
 */
public final class LineWriter {
    private static final int ASCII = 127;
    private static final Health USUAL = Health.fresh(0);

    private final JsonGenerator out;

    /** Writes to {@code out}. */
    public LineWriter(JsonGenerator out) {
        this.out = out;
    }

    /** An entry. */
    public void write(Entry entry) throws IOException {
        out.writeStartObject();
        out.writeNumberField("id", entry.id());
        write(entry.key(), entry.login());
        flag("detected", entry.detected());
        number("claimed_capabilities", entry.claimed());
        number("first_seen_at", entry.firstSeenAtMillis());
        number("archived_at", entry.archivedAtMillis());
        write("location", entry.location());
        write("exit", entry.exit());
        text("located_exit", entry.locatedExit());
        write(entry.listings());
        write(entry.health());
        write(entry.override());
        out.writeEndObject();
    }

    private void write(ProxyKey key, Login login) throws IOException {
        text("scheme", key.scheme().text());
        text("host", key.host());
        out.writeNumberField("port", key.port());
        Credentials credentials = key.credentials();
        if (credentials != null) {
            text("username", credentials.user());
            text("password", login.stored());
            text("credential_digest", login.digest());
        }
    }

    private void write(String name, Location location) throws IOException {
        if (location.isUnknown()) {
            return;
        }
        out.writeObjectFieldStart(name);
        text("region", location.region());
        text("country", location.country());
        text("city", location.city());
        number("asn", location.asn());
        text("organisation", location.organisation());
        code("type", location.type());
        text("origin", location.origin());
        out.writeEndObject();
    }

    private void write(List<Listing> listings) throws IOException {
        if (listings.isEmpty()) {
            return;
        }
        out.writeArrayFieldStart("listings");
        for (Listing listing : listings) {
            out.writeStartObject();
            text("source", listing.source());
            number("first_listed_at", listing.firstListedAtMillis());
            number("listed_at", listing.listedAtMillis());
            number("unlisted_at", listing.unlistedAtMillis());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private void write(Health health) throws IOException {
        out.writeObjectFieldStart("health");
        flag("alive", health.alive());
        flag("active", health.active());
        code("verified", health.verified(), USUAL.verified());
        number("capabilities", health.capabilities());
        code("anonymity", health.anonymity(), USUAL.anonymity());
        code("anonymity_seen", health.anonymitySeen(), USUAL.anonymitySeen());
        code("tampering", health.tampering(), USUAL.tampering());
        number("tampered_at", health.probation().caughtAtMillis());
        number("clean_since", health.probation().cleanSinceMillis());
        number("clean_checks", health.probation().cleanChecks());
        text("exit_address", health.exitAddress());
        code("rotation", health.rotation(), USUAL.rotation());
        code("tier", health.tier(), USUAL.tier());
        code("tier_reason", health.tierReason(), USUAL.tierReason());
        number("tier_since", health.tierSinceMillis());
        code("risk", health.risk(), USUAL.risk());
        number("priority", health.priority());
        number("next_check_at", health.nextCheckAtMillis());
        number("check_every_ms", health.checkEveryMillis());
        number("state_since", health.stateSinceMillis());
        number("last_checked_at", health.lastCheckedAtMillis());
        number("last_alive_at", health.lastAliveAtMillis());
        real("success_rate", health.successRate());
        real("latency_ms", health.latencyMillis());
        if (health.latencies().count() > 0) {
            text("latencies", HexFormat.of().formatHex(health.latencies().bytes()));
        }
        Health.Deep deep = health.deep();
        if (deep != null) {
            number("deep_at", deep.atMillis());
            real("deep_success_rate", deep.successRate());
            real("deep_spread_ms", deep.spreadMillis());
        }
        number("consecutive_failures", health.consecutiveFailures());
        number("checks", health.checks());
        number("successes", health.successes());
        number("uses", health.uses());
        code("last_reason", health.lastReason(), USUAL.lastReason());
        number("version", health.version());
        out.writeEndObject();
    }

    private void write(@Nullable ManualOverride override) throws IOException {
        if (override == null) {
            return;
        }
        out.writeObjectFieldStart("override");
        code("tier", override.tier());
        number("priority", override.priority());
        Boolean active = override.active();
        if (active != null) {
            out.writeBooleanField("active", active);
        }
        code("type", override.type());
        if (!override.tags().isEmpty()) {
            out.writeArrayFieldStart("tags");
            for (String tag : override.tags()) {
                out.writeString(tag);
            }
            out.writeEndArray();
        }
        if (override.untilMillis() < Long.MAX_VALUE) {
            number("until", override.untilMillis());
        }
        out.writeEndObject();
    }

    /** An API key. */
    public void write(KeyRecord key) throws IOException {
        out.writeStartObject();
        text("id", key.id());
        text("label", key.label());
        out.writeArrayFieldStart("roles");
        for (KeyRecord.Role role : KeyRecord.Role.values()) {
            if (key.roles().contains(role)) {
                out.writeString(role.text());
            }
        }
        out.writeEndArray();
        flag("credentials", key.credentials());
        text("hash", HexFormat.of().formatHex(key.hash()));
        text("pepper_id", key.pepperId());
        number("requests_per_second", key.requestsPerSecond());
        number("created_at", key.createdAtMillis());
        number("expires_at", key.expiresAtMillis());
        number("revoked_at", key.revokedAtMillis());
        number("last_used_at", key.lastUsedAtMillis());
        out.writeEndObject();
    }

    /** A chunk of an import. */
    public void write(Chunk chunk) throws IOException {
        out.writeStartObject();
        text("job", chunk.id().job());
        out.writeNumberField("number", chunk.id().number());
        number("lines", chunk.lines());
        number("added", chunk.added());
        number("known", chunk.known());
        number("rejected", chunk.rejected());
        text("cursor", chunk.cursor());
        out.writeEndObject();
    }

    /** A field with a text; nothing for null. */
    public void text(String name, @Nullable String value) throws IOException {
        if (value == null) {
            return;
        }
        // Half a character has no bytes of its own: written as its number it comes back as it was.
        boolean whole = isWhole(value);
        out.writeFieldName(name);
        out.setHighestNonEscapedChar(whole ? 0 : ASCII);
        out.writeString(value);
        out.setHighestNonEscapedChar(0);
    }

    private static boolean isWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
            }
        }
        return true;
    }

    private void number(String name, long value) throws IOException {
        if (value != 0) {
            out.writeNumberField(name, value);
        }
    }

    private void flag(String name, boolean value) throws IOException {
        if (value) {
            out.writeBooleanField(name, true);
        }
    }

    private void real(String name, double value) throws IOException {
        if (!Double.isNaN(value)) {
            out.writeNumberField(name, value);
        }
    }

    private void code(String name, @Nullable Enum<?> value) throws IOException {
        if (value != null) {
            out.writeStringField(name, value.name().toLowerCase(Locale.ROOT));
        }
    }

    private <E extends Enum<E>> void code(String name, E value, E usual) throws IOException {
        if (value != usual) {
            code(name, value);
        }
    }
}
