package dev.sluice.api;

import java.util.LinkedHashMap;
import java.util.Map;

/** When administrators asked for checks, the latest so many proxies, since the start. Thread-safe. */
final class CheckedLately {
    private static final int MOST = 10_000;
    /** After so long another reason is the likelier one. */
    private static final long MOST_WAIT_MILLIS = 600_000;

    private final Map<Long, Long> askedAt = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > MOST;
        }
    };

    synchronized void asked(Iterable<Long> ids, long atMillis) {
        for (long id : ids) {
            askedAt.remove(id);
            askedAt.put(id, atMillis);
        }
    }

    /** When the check that ended then was asked for; 0 when nobody is known to have done so. */
    synchronized long before(long id, long checkedAtMillis) {
        long at = askedAt.getOrDefault(id, 0L);
        return at <= checkedAtMillis && checkedAtMillis - at < MOST_WAIT_MILLIS ? at : 0;
    }
}
