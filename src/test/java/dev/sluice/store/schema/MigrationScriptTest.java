package dev.sluice.store.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.StoreException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MigrationScriptTest {
    private static final String TEXT = """
            -- A step.
            -- down needs empty: a

            -- up
            CREATE TABLE a (
                -- a comment; with a semicolon
                b integer
            );
            CREATE INDEX c ON a (b);

            -- down
            DROP TABLE a;
            """;

    @Test
    void aScriptHasStatementsUpAndDown() {
        MigrationScript script = MigrationScript.parse("V7__some_step.sql", TEXT);

        assertThat(script.version()).isEqualTo(7);
        assertThat(script.name()).isEqualTo("some step");
        assertThat(script.up()).containsExactly("CREATE TABLE a (\nb integer\n)", "CREATE INDEX c ON a (b)");
        assertThat(script.down()).containsExactly("DROP TABLE a");
        assertThat(script.needsEmpty()).isEqualTo("a");
    }

    @Test
    void commentsAndSpacingDoNotChangeTheChecksum() {
        String other = TEXT.replace("a comment; with", "another one with").replace("    b integer", "  b  integer");

        assertThat(MigrationScript.parse("V7__x.sql", other).checksum())
                .isEqualTo(MigrationScript.parse("V7__x.sql", TEXT).checksum())
                .isNotEqualTo(MigrationScript.parse("V7__x.sql", TEXT.replace("integer", "text"))
                        .checksum());
    }

    @Test
    void malformedScriptsAreRefused() {
        assertThatThrownBy(() -> MigrationScript.parse("seven.sql", TEXT)).hasMessageContaining("V1__name.sql");
        assertThatThrownBy(() -> MigrationScript.parse("V7__x.sql", "DROP TABLE a;"))
                .hasMessageContaining("outside of a section");
        assertThatThrownBy(() -> MigrationScript.parse("V7__x.sql", TEXT.replace("DROP TABLE a;", "DROP TABLE a")))
                .hasMessageContaining("ended by a semicolon");
        assertThatThrownBy(() -> MigrationScript.parse("V7__x.sql", "-- up\nSELECT 1;"))
                .hasMessageContaining("sections up and down");
    }

    @Test
    void aStepTellsWhyItIsNotUndone() {
        String text = "-- down needs empty: a WHERE b = 1\n-- down refused: there is a b (expected: none)\n"
                + TEXT.replaceAll("-- down needs empty:.*\n", "");
        MigrationScript script = MigrationScript.parse("V7__x.sql", text);
        MigrationScript plain = MigrationScript.parse("V7__x.sql", TEXT);

        assertThat(script.needsEmpty()).isEqualTo("a WHERE b = 1");
        assertThat(new MigrationPlan("db", List.of(), List.of()).refusal(script))
                .hasMessage("db: going below version 7: there is a b (expected: none)");
        assertThat(new MigrationPlan("db", List.of(), List.of()).refusal(plain))
                .hasMessage("db: going below version 7 would lose what is in table a (expected: an empty table)");
    }

    @Test
    void bothDatabasesHaveTheSameSteps() {
        List<MigrationScript> sqlite = MigrationScript.all("sqlite");
        List<MigrationScript> postgres = MigrationScript.all("postgres");

        Integer[] versions = IntStream.rangeClosed(1, sqlite.size()).boxed().toArray(Integer[]::new);
        assertThat(sqlite).extracting(MigrationScript::version).containsExactly(versions);
        assertThat(postgres).extracting(MigrationScript::version).containsExactly(versions);
        assertThat(sqlite)
                .extracting(MigrationScript::name)
                .isEqualTo(postgres.stream().map(MigrationScript::name).toList());
    }

    @Test
    void aPlanKnowsWhatIsMissing() {
        MigrationScript one = MigrationScript.parse("V1__one.sql", TEXT);
        MigrationScript two = MigrationScript.parse("V2__two.sql", TEXT);
        MigrationPlan.Applied first = new MigrationPlan.Applied(1, "one", 5, one.checksum());
        MigrationPlan.Applied second = new MigrationPlan.Applied(2, "two", 6, two.checksum());
        List<MigrationScript> scripts = List.of(one, two);

        assertThat(new MigrationPlan("db", scripts, List.of()).up()).containsExactly(one, two);
        assertThat(new MigrationPlan("db", scripts, List.of(first)).up()).containsExactly(two);
        assertThat(new MigrationPlan("db", scripts, List.of(second, first)).up())
                .isEmpty();
        assertThat(new MigrationPlan("db", scripts, List.of(second, first)).down(0))
                .containsExactly(two, one);
        assertThatThrownBy(() -> new MigrationPlan("db", scripts, List.of(first)).down(1))
                .hasMessage("db: target version: 1 (expected: 0..0, the schema is at 1)");
    }

    @Test
    void aPlanRefusesWhatItDoesNotKnow() {
        MigrationScript one = MigrationScript.parse("V1__one.sql", TEXT);
        MigrationPlan newer =
                new MigrationPlan("db", List.of(one), List.of(new MigrationPlan.Applied(2, "two", 6, one.checksum())));
        MigrationPlan changed =
                new MigrationPlan("db", List.of(one), List.of(new MigrationPlan.Applied(1, "one", 6, "other")));

        assertThatThrownBy(newer::up)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.SCHEMA_NEWER));
        assertThatThrownBy(changed::up).hasMessageContaining("checksum other");
    }
}
