package dev.sluice.port;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which entries to locate: what a job of the type {@value #TYPE}, of kind {@link JobKind#GEO}, is given.
 *
 * @param scope which entries
 * @param web whether what databases do not know may be asked of others, within their budgets
 */
public record Locate(Scope scope, boolean web) {
    /** Type of the jobs. */
    public static final String TYPE = "locate";

    /** Key of the jobs: locating everything twice at a time is of no use. */
    public static final String KEY = "locate";

    /** Setting that holds the fingerprint of the databases with which everything was located last. */
    public static final String LOCATED_WITH = "geo.located-with";

    /** Names of the members of a payload. */
    public static final String SCOPE = "scope";

    /** As {@link #SCOPE}. */
    public static final String WEB = "web";

    /** Which entries. */
    public enum Scope {
        /** Everything stored. */
        ALL,
        /** What has an address or an exit address whose country nothing but a list has told. */
        UNLOCATED,
        /** What is alive. */
        ALIVE;

        /** Name in lower case, as users write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The scope of this name; null when there is none. */
        public static @Nullable Scope of(String text) {
            for (Scope scope : values()) {
                if (scope.text().equals(text)) {
                    return scope;
                }
            }
            return null;
        }
    }

    /**
     * The job to submit.
     *
     * @param owner who asks; null when it is the program itself
     */
    public NewJob job(int priority, @Nullable String owner) {
        return new NewJob(
                JobKind.GEO,
                TYPE,
                "{\"" + SCOPE + "\":\"" + scope.text() + "\",\"" + WEB + "\":" + web + "}",
                priority,
                KEY,
                null,
                null,
                0,
                NewJob.DEFAULT_ATTEMPTS,
                owner);
    }
}
