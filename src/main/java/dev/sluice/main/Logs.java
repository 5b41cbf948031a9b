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
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import dev.sluice.config.LogConfig;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** Logs to standard error as {@code log} says, and to a file where it names one: standard output belongs to results. */
final class Logs {
    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %msg%replace( %kvp){'^ $',''}%n";

    private static final String CONSOLE = "console";
    private static final String FILE = "file";

    private Logs() {}

    /** Puts {@code config} into force for the whole process. */
    static void configure(LogConfig config) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        write(config, context);
        if (config.file() != null) {
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(file(config, config.file(), context));
        }
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
            if (root.getAppender(FILE) instanceof RollingFileAppender<ILoggingEvent> file) {
                file.setEncoder(started(encoder(after.format()), context));
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

    /** Writes to {@code path}; a new file each day and whenever it is full. */
    private static Appender<ILoggingEvent> file(LogConfig config, String path, LoggerContext context) {
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setContext(context);
        file.setName(FILE);
        file.setFile(path);
        SizeAndTimeBasedRollingPolicy<ILoggingEvent> rolling = new SizeAndTimeBasedRollingPolicy<>();
        rolling.setContext(context);
        rolling.setParent(file);
        rolling.setFileNamePattern(path + ".%d{yyyy-MM-dd}.%i.gz");
        rolling.setMaxFileSize(new FileSize(config.fileSize().bytes()));
        rolling.setMaxHistory(config.fileDays());
        rolling.setTotalSizeCap(new FileSize(config.filesSize().bytes()));
        rolling.setCleanHistoryOnStart(true);
        rolling.start();
        file.setRollingPolicy(rolling);
        file.setEncoder(started(encoder(config.format()), context));
        file.start();
        if (!file.isStarted()) {
            throw new UsageException("log.file: " + path + " (expected: a file that can be written)");
        }
        return file;
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
