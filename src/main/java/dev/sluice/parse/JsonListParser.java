package dev.sluice.parse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries anywhere in a JSON document, or in several one after another, read as a stream.
 *
 * <p>An object is an entry when its fields say so. What is nested in an entry never is one: exit addresses, look-ups. As
 * a nested object may come before the fields that make its parent an entry, the first {@value #MAX_PENDING} findings in
 * an object wait until it ends; an object with more of them is a container, not an entry. A text that does not begin
 * like JSON is read as text: error messages, and lists that a source serves in place of JSON.
 */
final class JsonListParser implements ListParser {
    private static final int MAX_PENDING = 64;
    private static final int MAX_TEXT = 64 << 10;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxStringLength(MAX_TEXT)
                    .maxNameLength(1_024)
                    .maxNumberLength(1_000)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private final ParseOptions options;
    private final Intake intake;
    private final Tree tree;
    private @Nullable JsonParser json;
    private @Nullable ByteArrayFeeder feeder;
    private @Nullable ListParser text;
    private boolean broken;
    private int bomSeen;
    private long lastGroup;
    private long ordinal;

    JsonListParser(ParseOptions options, Intake intake) {
        this.options = options;
        this.intake = intake;
        this.tree = new Tree(new LineReader(), this::numbered, 0);
    }

    private void numbered(Finding finding) {
        if (finding.line() != lastGroup) {
            lastGroup = finding.line();
            ordinal++;
        }
        intake.take(finding.at(ordinal));
    }

    @Override
    public void feed(byte[] bytes, int offset, int length) {
        int from = offset;
        int to = offset + length;
        if (json == null && text == null) {
            from = begin(bytes, offset, to);
            if (from == to) {
                return;
            }
        }
        if (text != null) {
            text.feed(bytes, from, to - from);
            return;
        }
        if (broken || json == null || feeder == null) {
            return;
        }
        try {
            feeder.feedInput(bytes, from, to);
            for (JsonToken token = json.nextToken();
                    token != null && token != JsonToken.NOT_AVAILABLE;
                    token = json.nextToken()) {
                tree.token(token, json);
            }
        } catch (IOException e) {
            broken(json);
        }
    }

    /** Looks at the first byte that is neither blank nor part of a byte order mark. */
    private int begin(byte[] bytes, int offset, int to) {
        int i = offset;
        while (i < to) {
            byte b = bytes[i];
            boolean mark = (bomSeen == 0 && b == (byte) 0xef)
                    || (bomSeen == 1 && b == (byte) 0xbb)
                    || (bomSeen == 2 && b == (byte) 0xbf);
            if (mark) {
                bomSeen++;
            } else if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                break;
            }
            i++;
        }
        if (i == to) {
            return to;
        }
        if (bytes[i] == '{' || bytes[i] == '[') {
            try {
                JsonParser parser = FACTORY.createNonBlockingByteArrayParser();
                json = parser;
                feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
            } catch (IOException e) {
                broken = true;
            }
        } else {
            text = new TextListParser(options, intake);
        }
        return i;
    }

    @Override
    public void end() {
        if (text != null) {
            text.end();
            return;
        }
        if (json == null || feeder == null) {
            return;
        }
        if (!broken) {
            try {
                feeder.endOfInput();
                for (JsonToken token = json.nextToken();
                        token != null && token != JsonToken.NOT_AVAILABLE;
                        token = json.nextToken()) {
                    tree.token(token, json);
                }
                if (tree.open()) {
                    broken(json);
                }
            } catch (IOException e) {
                broken(json);
            }
        }
        String error = tree.error();
        if (intake.reported() == 0 && error != null) {
            intake.reject(1, Rejection.ERROR_PAGE, "", Sample.of(error));
        }
    }

    private void broken(JsonParser parser) {
        if (broken) {
            return;
        }
        broken = true;
        tree.release();
        intake.reject(
                ordinal + 1,
                Rejection.NOT_A_PROXY,
                "malformed JSON",
                "at byte " + Math.max(0, parser.currentLocation().getByteOffset()));
    }

    /**
     * Reads one line that holds an object.
     *
     * @return false when it is no JSON; nothing was found then
     */
    static boolean readLine(long line, String text, LineReader reader, Finding.Taker taker) {
        String plain = text.endsWith(",") ? text.substring(0, text.length() - 1) : text;
        List<Finding> found = new ArrayList<>(2);
        Tree tree = new Tree(reader, found::add, line);
        try (JsonParser parser = FACTORY.createParser(plain)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                tree.token(token, parser);
            }
        } catch (IOException e) {
            return false;
        }
        if (found.isEmpty()) {
            String error = tree.error();
            found.add(Finding.refused(
                    line,
                    error == null ? Rejection.NOT_A_PROXY : Rejection.ERROR_PAGE,
                    "",
                    error == null ? text : error));
        }
        found.forEach(taker::take);
        return true;
    }

    /** The open objects and arrays. */
    private static final class Tree {
        private final LineReader reader;
        private final Finding.Taker out;
        private final long line;
        private final Deque<Frame> frames = new ArrayDeque<>();
        private long group;
        private @Nullable String error;

        /** @param line of all findings; 0 to number them by object */
        Tree(LineReader reader, Finding.Taker out, long line) {
            this.reader = reader;
            this.out = out;
            this.line = line;
        }

        boolean open() {
            return !frames.isEmpty();
        }

        @Nullable
        String error() {
            return error;
        }

        void token(JsonToken token, JsonParser parser) throws IOException {
            Frame top = frames.peek();
            switch (token) {
                case START_OBJECT -> frames.push(new Frame(new Fields(reader), top, fieldUnder(top)));
                case START_ARRAY -> frames.push(new Frame(null, top, fieldUnder(top)));
                case END_OBJECT -> {
                    frames.pop();
                    if (top != null) {
                        ended(top);
                    }
                }
                case END_ARRAY -> frames.pop();
                case FIELD_NAME -> {
                    if (top != null) {
                        top.name = parser.currentName();
                    }
                }
                case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> {
                    if (top != null) {
                        value(top, token, parser);
                    }
                }
                default -> {
                    // NOT_AVAILABLE and embedded objects do not come here.
                }
            }
        }

        private static Field fieldUnder(@Nullable Frame top) {
            if (top == null) {
                return Field.OTHER;
            }
            return top.fields == null ? top.under : Field.of(top.name);
        }

        private void value(Frame top, JsonToken token, JsonParser parser) throws IOException {
            if (top.fields != null) {
                Field field = Field.of(top.name);
                if (field == Field.OTHER || token == JsonToken.VALUE_NULL) {
                    return;
                }
                boolean textual = token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT;
                boolean flag = token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
                boolean flagField =
                        field == Field.HTTP || field == Field.HTTPS || field == Field.SOCKS4 || field == Field.SOCKS5;
                if (textual || (flag && flagField) || field == Field.PORT) {
                    top.fields.put(field, parser.getText());
                }
                return;
            }
            Frame owner = top.parent;
            if (owner != null && owner.fields != null && (top.under == Field.PROTOCOL || top.under == Field.TYPE)) {
                if (token == JsonToken.VALUE_STRING) {
                    owner.fields.put(Field.PROTOCOL, parser.getText());
                }
                return;
            }
            if (token == JsonToken.VALUE_STRING) {
                element(top, parser.getText());
            } else if (token == JsonToken.VALUE_NULL) {
                deliver(top, Finding.refused(next(), Rejection.NOT_A_PROXY, "null", ""));
            }
        }

        /** A text in an array: an endpoint, perhaps; the array's name may tell its protocol. */
        private void element(Frame array, String text) {
            boolean list = array.parent == null || text.indexOf(':') >= 0;
            if (!list) {
                return;
            }
            String claim = array.under == Field.OTHER ? null : Protocols.claim(array.under.name());
            deliver(array, reader.endpoint(next(), text).completed(claim, null));
        }

        private void ended(Frame frame) {
            Fields fields = frame.fields;
            if (fields == null) {
                return;
            }
            Frame parent = frame.parent;
            if (parent != null
                    && parent.fields != null
                    && (frame.under == Field.PLACE || frame.under == Field.COUNTRY)) {
                parent.fields.placedBy(fields);
            }
            if (parent == null && error == null) {
                error = fields.error();
            }
            List<Finding> own = frame.container ? List.of() : fields.read(next());
            boolean entry = !own.isEmpty() && own.get(0).isEntry();
            boolean pendingEntries = false;
            for (Finding finding : frame.pending) {
                pendingEntries |= finding.isEntry();
            }
            boolean element = parent == null || parent.fields == null;
            if (entry || (!own.isEmpty() && !pendingEntries && (element || fields.addressed()))) {
                for (Finding finding : own) {
                    deliver(parent, finding);
                }
                return;
            }
            for (Finding finding : frame.pending) {
                deliver(parent, finding);
            }
            if (parent != null && element && frame.pending.isEmpty() && !frame.container) {
                deliver(parent, Finding.refused(next(), Rejection.NOT_A_PROXY, "no address", ""));
            }
        }

        private long next() {
            return line > 0 ? line : ++group;
        }

        private void deliver(@Nullable Frame from, Finding finding) {
            Frame frame = from;
            while (frame != null && (frame.fields == null || frame.container)) {
                frame = frame.parent;
            }
            if (frame == null) {
                out.take(finding);
                return;
            }
            if (frame.pending.size() < MAX_PENDING) {
                frame.pending.add(finding);
                return;
            }
            if (frame.fields != null && frame.fields.addressed()) {
                return;
            }
            frame.container = true;
            for (Finding waiting : frame.pending) {
                deliver(frame.parent, waiting);
            }
            frame.pending.clear();
            deliver(frame.parent, finding);
        }

        /** Lets out what waits in objects that will never end. */
        void release() {
            while (!frames.isEmpty()) {
                Frame frame = frames.pop();
                if (frame.fields != null && frame.fields.addressed()) {
                    continue;
                }
                for (Finding finding : frame.pending) {
                    deliver(frame.parent, finding);
                }
            }
        }
    }

    private static final class Frame {
        /** Null for an array. */
        final @Nullable Fields fields;

        final @Nullable Frame parent;
        /** What the name under which it stands is about. */
        final Field under;

        final List<Finding> pending = new ArrayList<>(0);
        String name = "";
        boolean container;

        Frame(@Nullable Fields fields, @Nullable Frame parent, Field under) {
            this.fields = fields;
            this.parent = parent;
            this.under = under;
        }
    }
}
