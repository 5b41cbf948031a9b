package dev.sluice.main;

import dev.sluice.port.KeyRecord;
import dev.sluice.port.KeyRecord.Role;
import dev.sluice.secret.ApiKeys;
import dev.sluice.secret.CreatedKey;
import dev.sluice.secret.ListedKey;
import dev.sluice.secret.NewKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** Keys in a database that this process has opened. */
final class StoreDesk implements KeyDesk {
    private final ApiKeys keys;

    StoreDesk(ApiKeys keys) {
        this.keys = keys;
    }

    @Override
    public Made create(NewKey wanted) throws Exception {
        CreatedKey created = Foreground.await(keys.create(wanted));
        return new Made(created.record().id(), created.text().reveal());
    }

    @Override
    public List<Row> list() {
        return keys.list().stream().map(StoreDesk::row).toList();
    }

    @Override
    public boolean revoke(String id) throws Exception {
        return Foreground.await(keys.revoke(id)) != ApiKeys.Revocation.UNKNOWN;
    }

    private static Row row(ListedKey listed) {
        KeyRecord record = listed.record();
        return new Row(
                record.id(),
                record.label(),
                record.roles().stream().sorted().map(Role::text).collect(Collectors.joining(",")),
                record.credentials(),
                record.requestsPerSecond() == 0 ? Row.NONE : Integer.toString(record.requestsPerSecond()),
                time(record.createdAtMillis()),
                time(record.expiresAtMillis()),
                time(record.lastUsedAtMillis()),
                listed.state().text());
    }

    private static String time(long millis) {
        return millis == 0
                ? Row.NONE
                : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
