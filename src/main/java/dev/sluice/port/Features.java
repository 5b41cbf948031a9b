package dev.sluice.port;

/**
 * Which features are on for whom. A subject always gets the same answer while the percentage stays; a higher percentage
 * takes subjects in and puts none out. Features are independent: who is early in one need not be in another. Thread-safe.
 */
public interface Features {
    /** Whether a feature is on for a subject with a name, such as an application; the empty one is a subject too. */
    boolean isOn(Feature feature, String subject);

    /** Whether a feature is on for a subject with a number, such as a proxy. */
    boolean isOn(Feature feature, long subject);
}
