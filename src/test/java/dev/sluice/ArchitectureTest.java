package dev.sluice;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds the floors of docs/architecture.md: a package sees only floors below its own. */
class ArchitectureTest {
    private static final String ROOT = "dev.sluice.";
    private static final int FEATURES = 4;

    private static final Map<String, Integer> FLOOR = Map.ofEntries(
            Map.entry("proxy", 0),
            Map.entry("message", 0),
            Map.entry("pool", 1),
            Map.entry("cadence", 1),
            Map.entry("pace", 1),
            Map.entry("parse", 1),
            Map.entry("judge", 1),
            Map.entry("export", 1),
            Map.entry("bus", 2),
            Map.entry("port", 2),
            Map.entry("config", 2),
            Map.entry("telemetry", 2),
            Map.entry("store", 3),
            Map.entry("net", 3),
            Map.entry("secret", 3),
            Map.entry("queue", 3),
            Map.entry("geo", 4),
            Map.entry("fetch", 4),
            Map.entry("check", 4),
            Map.entry("schedule", 4),
            Map.entry("keep", 4),
            Map.entry("bulk", 4),
            Map.entry("api", 4),
            Map.entry("farm", 4),
            Map.entry("extension", 4),
            Map.entry("main", 5));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.sluice");

    @Test
    void everyPackageSeesOnlyFloorsBelowItsOwn() {
        classes().should(seeOnlyLowerFloors()).check(CLASSES);
    }

    @Test
    void onlyNetTouchesNettyAndVertxInternals() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.sluice.net..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.vertx.core.internal..", "io.vertx.core.impl..")
                .check(CLASSES);
    }

    @Test
    void onlyTheBusTouchesTheEventBus() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.sluice.bus..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx.core.eventbus..")
                .check(CLASSES);
    }

    @Test
    void onlyTheEdgesTouchJsonObjects() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.sluice.config..", "dev.sluice.api..", "dev.sluice.bus..", "dev.sluice.extension..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.vertx.core.json..")
                .check(CLASSES);
    }

    @Test
    void logicKnowsNoInputAndOutput() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.sluice.proxy..",
                        "dev.sluice.message..",
                        "dev.sluice.pool..",
                        "dev.sluice.cadence..",
                        "dev.sluice.pace..",
                        "dev.sluice.parse..",
                        "dev.sluice.judge..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "java.sql..", "java.nio.file..", "java.net.http..")
                .check(CLASSES);
    }

    private static ArchCondition<JavaClass> seeOnlyLowerFloors() {
        return new ArchCondition<>("see only floors below their own") {
            @Override
            public void check(JavaClass from, ConditionEvents events) {
                String room = room(from);
                Integer floor = FLOOR.get(room);
                if (floor == null) {
                    events.add(SimpleConditionEvent.violated(from, from.getName() + " stands on no floor"));
                    return;
                }
                from.getDirectDependenciesFromSelf().stream()
                        .filter(dependency -> IS_OURS.test(dependency.getTargetClass()))
                        .forEach(dependency -> {
                            String other = room(dependency.getTargetClass());
                            Integer otherFloor = FLOOR.get(other);
                            boolean sees = other.equals(room)
                                    || (otherFloor != null && otherFloor < floor)
                                    || (otherFloor != null && otherFloor.equals(floor) && floor < FEATURES - 1);
                            if (!sees) {
                                events.add(SimpleConditionEvent.violated(from, dependency.getDescription()));
                            }
                        });
            }
        };
    }

    private static final DescribedPredicate<JavaClass> IS_OURS = DescribedPredicate.describe(
            "of Sluice", type -> type.getPackageName().startsWith(ROOT));

    /** First part of the package behind the root. */
    private static String room(JavaClass type) {
        String rest = type.getPackageName().substring(ROOT.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
