package dev.sluice.parse;

import org.jspecify.annotations.Nullable;

/** An entry a line. {@code ip:port} and {@code scheme://ip:port} are read from the bytes; all else by {@link LineReader}. */
final class TextListParser implements ListParser, LineSplitter.Lines {
    private final LineSplitter splitter;
    private final Intake intake;
    private final LineReader reader = new LineReader();

    TextListParser(ParseOptions options, Intake intake) {
        this(options, intake, 0);
    }

    TextListParser(ParseOptions options, Intake intake, long linesBefore) {
        this.intake = intake;
        this.splitter = new LineSplitter(options.maxLineLength(), linesBefore, this);
    }

    @Override
    public long lineStart() {
        return splitter.lineStart();
    }

    @Override
    public void feed(byte[] bytes, int offset, int length) {
        splitter.feed(bytes, offset, length);
    }

    @Override
    public void end() {
        splitter.end();
    }

    @Override
    public void line(long number, byte[] bytes, int from, int to) {
        if (!plain(number, bytes, from, to)) {
            reader.read(number, splitter.decode(bytes, from, to), intake);
        }
    }

    @Override
    public void tooLong(long number, String beginning) {
        intake.reject(number, Rejection.TOO_LONG, "", Sample.of(beginning));
    }

    /** Reads the shapes that make up nearly all of every list; false leaves everything to the careful reader. */
    private boolean plain(long number, byte[] bytes, int from, int to) {
        int i = from;
        String protocol = null;
        if (to - i > 8 && bytes[i] >= 'a') {
            protocol = scheme(bytes, i);
            if (protocol == null) {
                return false;
            }
            i += protocol.length() + 3;
        }
        int hostStart = i;
        int address = 0;
        for (int part = 0; part < 4; part++) {
            int value = 0;
            int start = i;
            while (i < to && bytes[i] >= '0' && bytes[i] <= '9' && i - start < 4) {
                value = value * 10 + (bytes[i++] - '0');
            }
            int digits = i - start;
            if (digits == 0
                    || value > 255
                    || (digits > 1 && bytes[start] == '0')
                    || i == to
                    || bytes[i] != (part == 3 ? ':' : '.')) {
                return false;
            }
            address = address << 8 | value;
            i++;
        }
        int hostEnd = i - 1;
        int portStart = i;
        int port = 0;
        while (i < to && bytes[i] >= '0' && bytes[i] <= '9' && i - portStart < 6) {
            port = port * 10 + (bytes[i++] - '0');
        }
        if (i != to || i == portStart || bytes[portStart] == '0' || port > 65535) {
            return false;
        }
        intake.takePlain(number, protocol, address, port, bytes, hostStart, hostEnd);
        return true;
    }

    private static @Nullable String scheme(byte[] bytes, int i) {
        if (bytes[i] == 'h' && bytes[i + 1] == 't' && bytes[i + 2] == 't' && bytes[i + 3] == 'p') {
            if (slashes(bytes, i + 4)) {
                return "http";
            }
            return bytes[i + 4] == 's' && slashes(bytes, i + 5) ? "https" : null;
        }
        boolean socks = bytes[i] == 's'
                && bytes[i + 1] == 'o'
                && bytes[i + 2] == 'c'
                && bytes[i + 3] == 'k'
                && bytes[i + 4] == 's'
                && slashes(bytes, i + 6);
        if (!socks) {
            return null;
        }
        return bytes[i + 5] == '5' ? "socks5" : bytes[i + 5] == '4' ? "socks4" : null;
    }

    private static boolean slashes(byte[] bytes, int i) {
        return bytes[i] == ':' && bytes[i + 1] == '/' && bytes[i + 2] == '/';
    }
}
