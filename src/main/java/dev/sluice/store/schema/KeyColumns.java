package dev.sluice.store.schema;

import dev.sluice.port.KeyRecord;

/** Order and meaning of the columns of table {@code api_key} in queries: one place for both databases. */
public final class KeyColumns {
    /** What {@link #read} reads and {@link #write} writes. */
    public static final String ALL = "id, label, roles, credentials, hash, pepper_id, requests_per_second, created_at,"
            + " expires_at, revoked_at, last_used_at";

    private KeyColumns() {}

    /** A row of {@link #ALL}. */
    public static <E extends Exception> KeyRecord read(Cells<E> row) throws E {
        byte[] hash = row.bytes(4);
        return new KeyRecord(
                String.valueOf(row.text(0)),
                String.valueOf(row.text(1)),
                Codes.roles(row.number(2)),
                row.flag(3),
                hash == null ? new byte[0] : hash,
                String.valueOf(row.text(5)),
                (int) row.number(6),
                row.number(7),
                row.number(8),
                row.number(9),
                row.number(10));
    }

    /** Writes the columns of {@link #ALL}. */
    public static <E extends Exception> void write(KeyRecord key, CellSink<E> row) throws E {
        row.text(key.id());
        row.text(key.label());
        row.number(Codes.of(key.roles()));
        row.flag(key.credentials());
        row.bytes(key.hash());
        row.text(key.pepperId());
        row.number(key.requestsPerSecond());
        row.number(key.createdAtMillis());
        row.number(key.expiresAtMillis());
        row.number(key.revokedAtMillis());
        row.number(key.lastUsedAtMillis());
    }
}
