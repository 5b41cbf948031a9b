package dev.sluice.config;

import dev.sluice.config.Shape.Key;
import java.util.List;

/** Writes {@code docs/configuration.md} from the configuration records. */
final class ConfigReference {
    private static final String PREFACE = """
            # Configuration

            <!-- Made from the configuration records. After changing one:
                 mvn test -Dtest=ConfigReferenceTest -Dsluice.docs.write=true -->

            Everything has a default; a configuration file is not needed. `conf/sluice.yaml` is read when it exists, and
            shows every key. `sluice config check` tells what is wrong with a configuration before it is put to use.

            ## Where values come from

            Later ones win, key by key; lists are replaced as a whole.

            1. the defaults below
            2. the sources that come with the program
            3. the preset: `--preset development|staging|production`, or the variable `SLUICE_PRESET`
            4. the file, YAML or JSON: `--config FILE`, or the variable `SLUICE_CONFIG`, else `conf/sluice.yaml` when
               there is one. A file that is named and missing is an error.
            5. the environment: `SLUICE_` and the key in upper case, with `_` for dots and dashes, so
               `SLUICE_CHECK_CONNECT_TIMEOUT=3s`, `SLUICE_FETCH_SOURCES_MY_LIST_ENABLED=false`. Lists by comma. An empty
               variable counts as absent. An unknown one is warned about and ignored, because Kubernetes sets
               `SLUICE_PORT=tcp://…` for a service called `sluice`.
            6. `--set key=value`, as often as needed: `--set check.rate=500`. Lists by comma; what has structure is
               written as YAML: `--set 'extensions=[{name: scout, verticle: com.example.Scout}]'`. `--set key=` takes a value away
               that something above has set.

            Three variables have shorter names: `SLUICE_ADMIN_KEY` is `security.admin-key`, `SLUICE_ENCRYPTION_KEY` is
            `security.encryption.keys`, and `SLUICE_ENCRYPTION_KEY_FILE` is `security.encryption.key-file`. Names that begin
            with `SLUICE_TEST_` belong to the tests.

            A configuration with a mistake is refused as a whole, with every mistake in it: where it stands, the key, the
            value and what was expected. Unknown keys are mistakes. Values of secrets are never shown.

            ## How values are written

            | type | written as |
            |---|---|
            | duration | `250ms`, `5s`, `30m`, `24h`, `7d`, `1h30m`; ISO 8601 such as `PT5S` |
            | size | `512`, `64KiB`, `16MiB` (powers of 1024), `2GB` (powers of 1000) |
            | network | `10.0.0.0/8`, `2001:db8::/32`, or one address |
            | word | one of the words listed |
            | secret | a text that is shown nowhere |

            *Reload* in the column “takes effect” means that a reload ([reload.md](reload.md)) puts a change into force; *restart* that the
            process must be started again.
            """;

    private ConfigReference() {}

    /** The whole document. */
    static String markdown() {
        StringBuilder page = new StringBuilder(PREFACE);
        for (Key section : Shape.ROOT.keys()) {
            if (section.shape() instanceof Shape.Section shape) {
                table(page, section.name(), section, shape, false);
            } else if (section.shape() instanceof Shape.ListOf list && list.element() instanceof Shape.Section shape) {
                table(
                        page,
                        section.name() + "[]",
                        section,
                        shape,
                        section.setting().live());
            }
        }
        return page.toString();
    }

    private static void table(StringBuilder page, String path, Key section, Shape.Section shape, boolean live) {
        page.append("\n## `")
                .append(path)
                .append("`\n\n")
                .append(section.setting().doc());
        page.append("\n\n| key | type | default | range | takes effect | meaning |\n|---|---|---|---|---|---|\n");
        for (Key key : shape.keys()) {
            row(page, key, live);
        }
        for (Key key : shape.keys()) {
            if (key.shape() instanceof Shape.MapOf map && map.value() instanceof Shape.Section inner) {
                String innerPath = path + '.' + key.name() + ".NAME";
                table(page, innerPath, key, inner, live || key.setting().live());
            } else if (key.shape() instanceof Shape.Section inner) {
                table(
                        page,
                        path + '.' + key.name(),
                        key,
                        inner,
                        live || key.setting().live());
            } else if (key.shape() instanceof Shape.ListOf list && list.element() instanceof Shape.Section inner) {
                String innerPath = path + '.' + key.name() + "[]";
                table(page, innerPath, key, inner, live || key.setting().live());
            }
        }
    }

    private static void row(StringBuilder page, Key key, boolean inherited) {
        boolean live = inherited || key.setting().live();
        List<String> cells = List.of(
                '`' + key.name() + '`',
                key.shape().text(),
                fallback(key),
                range(key.shape(), key.setting()),
                live ? "reload" : "restart",
                key.setting().doc());
        for (String cell : cells) {
            page.append("| ").append(cell.replace("|", "\\|")).append(cell.isEmpty() ? "" : " ");
        }
        page.append("|\n");
    }

    private static String fallback(Key key) {
        if (!key.setting().value().isEmpty()) {
            return '`' + key.setting().value() + '`';
        }
        if (key.shape() instanceof Shape.Scalar && !key.nullable()) {
            return "must be given";
        }
        return key.id().equals("SourceConfig.urls") ? "must be given" : "none";
    }

    private static String range(Shape shape, Setting setting) {
        if (!(shape instanceof Shape.Scalar scalar)) {
            return "";
        }
        if (scalar.type().isEnum()) {
            return "`" + String.join("` `", Scalars.constants(scalar.type())) + '`';
        }
        return Scalars.range(scalar.type(), setting);
    }
}
