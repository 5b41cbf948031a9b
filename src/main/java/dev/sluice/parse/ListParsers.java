package dev.sluice.parse;

/** Where {@link ListParser}s come from. */
public final class ListParsers {
    private ListParsers() {}

    /**
     * A parser for one list.
     *
     * <p>{@link ListFormat#TEXT}, {@link ListFormat#CSV} and {@link ListFormat#JSON} read in memory that does not depend
     * on the length of the list, apart from eight bytes a slot to tell duplicates, where they are told at all; {@link ListFormat#HTML_TABLE} holds
     * the page, at most {@value HtmlListParser#MAX_BYTES} bytes of it.
     *
     * <p>Entries are duplicates when protocol claim, host, port, user and password are the same. IPv4 entries without
     * credentials are compared exactly. All others are compared by a 63-bit hash: among {@code n} of them the odds that
     * one is wrongly taken for a duplicate are about {@code n² / 2⁶⁴}, one in seventy million for 500,000.
     *
     * @param format how to read it; {@link ListFormat#AUTO} looks at the beginning
     * @param sink called on the thread that feeds the parser; what it throws reaches the feeder
     */
    public static ListParser create(ListFormat format, ParseOptions options, EntrySink sink) {
        return create(format, options, new Intake(options, sink));
    }

    /**
     * A parser for the rest of a list of the format {@link ListFormat#TEXT}, from the beginning of a line.
     *
     * @param linesBefore lines that were read before; the first one now is the next
     */
    public static ListParser from(long linesBefore, ParseOptions options, EntrySink sink) {
        return new TextListParser(options, new Intake(options, sink), linesBefore);
    }

    static ListParser create(ListFormat format, ParseOptions options, Intake intake) {
        return switch (format) {
            case TEXT -> new TextListParser(options, intake);
            case JSON -> new JsonListParser(options, intake);
            case CSV -> new CsvListParser(options, intake);
            case HTML_TABLE -> new HtmlListParser(options, intake);
            case AUTO -> new AutoListParser(options, intake);
        };
    }
}
