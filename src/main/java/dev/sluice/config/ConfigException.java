package dev.sluice.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration is refused. Its message is made for people: a line a problem, without secrets. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /**
     * Refuses for {@code problems}.
     *
     * @param problems at least one, in the order of the message
     */
    public ConfigException(List<Problem> problems) {
        super(message(problems));
        this.problems = List.copyOf(problems);
    }

    /** The same with one more line for people, on what can be done. */
    public ConfigException(ConfigException refusal, String advice) {
        super(refusal.getMessage() + "\n" + advice, refusal);
        this.problems = refusal.problems();
    }

    /** Everything that is wrong, not just the first. */
    public List<Problem> problems() {
        return problems;
    }

    private static String message(List<Problem> problems) {
        String heading = problems.size() == 1
                ? "the configuration is refused:"
                : "the configuration is refused for " + problems.size() + " problems:";
        return problems.stream().map(problem -> "\n  " + problem).collect(Collectors.joining("", heading, ""));
    }
}
