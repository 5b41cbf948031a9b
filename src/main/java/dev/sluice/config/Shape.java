package dev.sluice.config;

import dev.sluice.proxy.Secret;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The form that a value must have, read from the configuration records. Immutable. */
sealed interface Shape {
    /** The whole configuration. */
    Section ROOT = section(SluiceConfig.class);

    /** One value written as text. */
    record Scalar(Class<?> type) implements Shape {}

    /** A record. */
    record Section(Class<?> type, List<Key> keys) implements Shape {
        /** The key of this name, null when there is none. */
        @Nullable
        Key key(String name) {
            for (Key key : keys) {
                if (key.name().equals(name)) {
                    return key;
                }
            }
            return null;
        }
    }

    /** A list. */
    record ListOf(Shape element) implements Shape {}

    /** Values by name. */
    record MapOf(Shape value) implements Shape {}

    /** Whatever is written, handed over as it is. */
    record Anything() implements Shape {}

    /**
     * A component of a configuration record.
     *
     * @param name in kebab-case
     * @param nullable whether it may be absent without a default
     */
    record Key(Class<?> owner, String name, RecordComponent component, Setting setting, Shape shape, boolean nullable) {
        /** {@code RecordName.componentName}. */
        String id() {
            return owner.getSimpleName() + '.' + component.getName();
        }

        /** The component's value in {@code section}. */
        @Nullable
        Object in(Object section) {
            try {
                return component.getAccessor().invoke(section);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(id() + " can't be read", e);
            }
        }
    }

    private static Section section(Class<?> type) {
        List<Key> keys = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Setting setting = component.getAnnotation(Setting.class);
            if (setting == null) {
                throw new IllegalStateException(type.getName() + '.' + component.getName() + " has no @Setting");
            }
            AnnotatedType annotated = component.getAnnotatedType();
            keys.add(new Key(
                    type,
                    kebab(component.getName()),
                    component,
                    setting,
                    of(component.getGenericType()),
                    annotated.isAnnotationPresent(Nullable.class)));
        }
        return new Section(type, List.copyOf(keys));
    }

    private static Shape of(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return new ListOf(of(arguments[0]));
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                return new MapOf(of(arguments[1]));
            }
        } else if (type == Object.class) {
            return new Anything();
        } else if (type instanceof Class<?> scalar && (Scalars.TYPES.contains(scalar) || scalar.isEnum())) {
            return new Scalar(scalar);
        } else if (type instanceof Class<?> record && record.isRecord()) {
            return section(record);
        }
        throw new IllegalStateException(type + " can't be configured");
    }

    /** {@code connectTimeout} and {@code CONNECT_TIMEOUT} as {@code connect-timeout}. */
    static String kebab(String name) {
        if (name.equals(name.toUpperCase(Locale.ROOT))) {
            return name.toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    /** What a person calls this form, for references. */
    default String text() {
        if (this instanceof ListOf list) {
            return "list of " + (list.element instanceof Section ? "sections" : list.element.text() + "s");
        }
        if (this instanceof MapOf map) {
            return map.value instanceof Section ? "sections by name" : "values by name";
        }
        if (this instanceof Scalar scalar) {
            return Scalars.name(scalar.type);
        }
        return this instanceof Section ? "section" : "anything";
    }

    /** Whether values of this form must not be shown. */
    default boolean secret() {
        return this instanceof Scalar scalar && scalar.type == Secret.class;
    }
}
