package dev.sluice.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key of the configuration. Stands on the component of a configuration record; the key is the component's name in
 * kebab-case. The reference in {@code docs/configuration.md} is generated from it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** What it does, one or two sentences for the reference. */
    String doc();

    /** Default as it would be written in YAML, lists by comma; empty for none (the component is then nullable, a list, a map or a section). */
    String value() default "";

    /** Smallest legal number; for durations in milliseconds, for sizes in bytes. */
    long min() default Long.MIN_VALUE;

    /** Largest legal number, in the unit of {@link #min()}. */
    long max() default Long.MAX_VALUE;

    /** Whether a reload puts a change into force; otherwise a restart does. */
    boolean live() default false;
}
