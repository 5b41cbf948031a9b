package dev.sluice.fetch;

import dev.sluice.config.SourceKind;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pages of one address. {@code {page}} in an address of any kind counts from 1; Geonode's {@code page} parameter does
 * too; ProxyScrape's {@code skip} counts entries. A page without records, a page that brings nothing new, and what the
 * envelope says of the end, end it; {@code max-pages} bounds it elsewhere.
 */
final class Pages {
    private static final String PLACEHOLDER = "{page}";

    private final Step step;
    private final String template;
    private long position;
    private String current;

    private Pages(Step step, String template, long position, String current) {
        this.step = step;
        this.template = template;
        this.position = position;
        this.current = current;
    }

    /** At the first page. */
    static Pages of(SourceKind kind, String location) {
        if (location.contains(PLACEHOLDER)) {
            return new Pages(Step.PLACEHOLDER, location, 1, location.replace(PLACEHOLDER, "1"));
        }
        if (kind == SourceKind.GEONODE) {
            return new Pages(Step.PAGE, location, Math.max(1, parameter(location, "page")), location);
        }
        if (kind == SourceKind.PROXYSCRAPE) {
            return new Pages(Step.SKIP, location, Math.max(0, parameter(location, "skip")), location);
        }
        return new Pages(Step.NONE, location, 0, location);
    }

    /** Whether there can be more than one. */
    boolean paged() {
        return step != Step.NONE;
    }

    /** Address of the present page. */
    String current() {
        return current;
    }

    /**
     * Goes to the next page.
     *
     * @param envelope of the present page
     * @param fresh entries of the present page that no earlier page had
     * @return false when the present page was the last
     */
    boolean advance(PageEnvelope envelope, int fresh) {
        if (fresh == 0 || envelope.isJson() && envelope.records() == 0) {
            return false;
        }
        switch (step) {
            case SKIP -> {
                Boolean more = envelope.truth("nextpage");
                position += envelope.records();
                long total = envelope.number("total_records");
                if (!envelope.isJson() || Boolean.FALSE.equals(more)) {
                    return false;
                }
                if (more == null && total >= 0 && position >= total) {
                    return false;
                }
                current = with(template, "skip", position);
                return true;
            }
            case PAGE, PLACEHOLDER -> {
                long total = envelope.number("total");
                long limit = envelope.number("limit");
                if (total >= 0 && limit > 0 && position * limit >= total) {
                    return false;
                }
                position++;
                current = step == Step.PAGE
                        ? with(template, "page", position)
                        : template.replace(PLACEHOLDER, Long.toString(position));
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    private static long parameter(String location, String name) {
        Matcher matcher = pattern(name).matcher(location);
        return matcher.find() && matcher.group(2).matches("[0-9]{1,9}") ? Long.parseLong(matcher.group(2)) : -1;
    }

    private static String with(String location, String name, long value) {
        Matcher matcher = pattern(name).matcher(location);
        if (matcher.find()) {
            return location.substring(0, matcher.start(2)) + value + location.substring(matcher.end(2));
        }
        return location + (location.indexOf('?') < 0 ? '?' : '&') + name + '=' + value;
    }

    private static Pattern pattern(String name) {
        return Pattern.compile("([?&]" + name + "=)([^&#]*)");
    }

    private enum Step {
        NONE,
        SKIP,
        PAGE,
        PLACEHOLDER
    }
}
