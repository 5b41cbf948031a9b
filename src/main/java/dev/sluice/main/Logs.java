package dev.sluice.main;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.sluice.config.LogConfig;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** Logs to standard error as {@code log} says: standard output belongs to results. */
final class Logs {
    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %msg%replace( %kvp){'^ $',''}%n";

    private static final String CONSOLE = "console";

    private Logs() {}

    /** Puts {@code config} into force for the whole process. */
    static void configure(LogConfig config) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        write(config, context);
        level(config.level());
    }

    /** Changes what differs, as a reload does; no line is lost meanwhile. */
    static void change(LogConfig before, LogConfig after) {
        if (before.format() != after.format()) {
            LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            Appender<ILoggingEvent> old = root.getAppender(CONSOLE);
            write(after, context);
            if (old != null) {
                root.detachAppender(old);
                old.stop();
            }
        }
        level(after.level());
    }

    private static void write(LogConfig config, LoggerContext context) {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName(CONSOLE);
        console.setTarget("System.err");
        console.setEncoder(started(encoder(config.format()), context));
        console.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
    }

    /** Changes the level alone. Libraries are kept at WARN unless more is asked for. */
    static void level(LogConfig.Level level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Level own = Level.toLevel(level.name().toUpperCase(Locale.ROOT));
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
                .setLevel(own.isGreaterOrEqual(Level.INFO) ? max(own, Level.WARN) : Level.INFO);
        context.getLogger("dev.sluice").setLevel(own);
        // A second pool of connections registers the same gauges: one line of noise, no fault.
        context.getLogger("io.micrometer").setLevel(Level.ERROR);
    }

    private static Level max(Level a, Level b) {
        return a.isGreaterOrEqual(b) ? a : b;
    }

    private static EncoderBase<ILoggingEvent> encoder(LogConfig.Format format) {
        return switch (format) {
            case TEXT -> {
                PatternLayoutEncoder text = new PatternLayoutEncoder();
                text.setPattern(PATTERN);
                yield text;
            }
            case JSON -> new JsonEncoder();
        };
    }

    private static EncoderBase<ILoggingEvent> started(EncoderBase<ILoggingEvent> encoder, LoggerContext context) {
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }
}
