package dev.sluice.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/events}: what happens, as it happens, and what happened since a client was last here. */
public final class EventsArea implements Area {
    private static final String TYPES = "types";
    private static final String LAST_EVENT_ID = "last_event_id";
    private static final String LAST_EVENT_ID_HEADER = "Last-Event-ID";
    private static final List<String> KNOWN = EventFeed.types();

    private final EventFeed feed;

    /** Gives what {@code feed} collects. */
    public EventsArea(EventFeed feed) {
        this.feed = feed;
    }

    @Override
    public List<Route> routes(Desk desk) {
        EventStreams streams = new EventStreams(desk.vertx(), feed);
        return List.of(desk.get("/api/v1/events", "follow what happens", exchange -> follow(exchange, streams)));
    }

    private static void follow(Exchange exchange, EventStreams streams) {
        Query query = Query.parse(exchange.request().query(), List.of(TYPES, LAST_EVENT_ID));
        Set<String> types = types(query.get(TYPES));
        String asked = query.get(LAST_EVENT_ID);
        EventRing.Cursor cursor = asked == null ? null : cursor(LAST_EVENT_ID, asked);
        // A browser that comes back repeats the address it began with; the header says where it was.
        String seen = exchange.request().getHeader(LAST_EVENT_ID_HEADER);
        if (seen != null && !seen.isEmpty()) {
            cursor = cursor(LAST_EVENT_ID_HEADER, seen);
        }
        streams.follow(exchange, types, cursor);
    }

    private static EventRing.Cursor cursor(String name, String text) {
        EventRing.Cursor cursor = EventRing.Cursor.of(text);
        if (cursor == null) {
            throw new Refused(Problems.invalidParameter(
                    name, name + ": no id of an event (expected: an id as it came with an event)"));
        }
        return cursor;
    }

    private static @Nullable Set<String> types(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Set<String> types = new HashSet<>();
        for (String type : text.split(",", -1)) {
            if (!KNOWN.contains(type)) {
                throw new Refused(Problems.invalidParameter(
                        TYPES,
                        TYPES + ": an event that does not exist (expected: " + String.join(", ", KNOWN)
                                + ", by comma)"));
            }
            types.add(type);
        }
        return types;
    }
}
