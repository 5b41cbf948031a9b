package dev.sluice.extension;

import dev.sluice.config.ExtensionConfig;
import io.vertx.core.Deployable;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens jars, each with a class loader of its own below ours, and makes verticles from them. Blocks. */
final class ExtensionLoader {
    private final Path folder;

    /** Jars lie in {@code folder}. */
    ExtensionLoader(Path folder) {
        this.folder = folder;
    }

    /**
     * Opens the jar; runs nothing of it.
     *
     * @throws ExtensionException when it is not there, or lies elsewhere
     */
    Classes open(ExtensionConfig extension) throws ExtensionException {
        String jar = extension.jar();
        if (jar == null) {
            return new Classes(ExtensionLoader.class.getClassLoader(), null);
        }
        URLClassLoader classes = open(jar);
        return new Classes(classes, classes);
    }

    private URLClassLoader open(String jar) throws ExtensionException {
        try {
            Path file = folder.resolve(jar);
            if (Path.of(jar).isAbsolute() || !file.normalize().startsWith(folder.normalize())) {
                throw new ExtensionException("jar: " + jar + " (expected: a file inside " + folder + ")");
            }
            if (!Files.isRegularFile(file)) {
                throw new ExtensionException("jar: " + file + " is not there");
            }
            Path real = file.toRealPath();
            if (!real.startsWith(folder.toRealPath())) {
                throw new ExtensionException("jar: " + jar + " (expected: a file inside " + folder + ")");
            }
            URL[] urls = {real.toUri().toURL()};
            return new URLClassLoader("extension " + jar, urls, ExtensionLoader.class.getClassLoader());
        } catch (InvalidPathException e) {
            throw new ExtensionException("jar: not a path: " + e.getReason());
        } catch (IOException e) {
            throw new ExtensionException("jar: " + jar + " can't be opened: " + e);
        }
    }

    /**
     * Makes the verticle, which runs code of the extension.
     *
     * @throws ExtensionException when the class is not there, or is not what it should be
     */
    static Deployable verticle(String name, ClassLoader classes) throws ExtensionException {
        try {
            Class<?> type = Class.forName(name, true, classes);
            if (!Deployable.class.isAssignableFrom(type)) {
                throw new ExtensionException("verticle: " + name + " is no verticle (expected: a subclass of"
                        + " io.vertx.core.VerticleBase)");
            }
            return (Deployable) type.getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw new ExtensionException("verticle: class " + name + " is not there");
        } catch (NoSuchMethodException e) {
            throw new ExtensionException("verticle: " + name + " has no public constructor without parameters");
        } catch (InvocationTargetException e) {
            throw new ExtensionException("verticle: " + name + " can't be made: " + reason(e.getCause()));
        } catch (ReflectiveOperationException e) {
            throw new ExtensionException("verticle: " + name + " can't be made: " + reason(e));
        } catch (LinkageError e) {
            throw new ExtensionException("verticle: " + name + " can't be linked: " + reason(e));
        }
    }

    /** What a person is told about {@code failure}. */
    static String reason(@Nullable Throwable failure) {
        if (failure instanceof ExtensionException) {
            return String.valueOf(failure.getMessage());
        }
        return String.valueOf(failure);
    }

    /**
     * Where the classes of an extension are.
     *
     * @param loader loads them
     * @param own the loader to close, null when they are the program's own
     */
    record Classes(ClassLoader loader, @Nullable URLClassLoader own) {
        void close() throws IOException {
            if (own != null) {
                own.close();
            }
        }
    }
}
