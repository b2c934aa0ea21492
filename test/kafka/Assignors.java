// What do Kafka's own assignors say of a view?
//
// Reads views as `weir plan --view` does, one JSON object per line, from the file that is named.
// Writes three lines for each: what RangeAssignor answers, what RoundRobinAssignor answers, and of
// CooperativeStickyAssignor how many partitions move and how many each member has then, most first.
// What its group comes to rest with after some rounds need not be what its first answer aims at: it
// is the one that moves less, and of two that move as many the more even one.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractStickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

class Assignors {
    static final Node NODE = new Node(0, "localhost", 1);
    static final ObjectMapper JSON = new ObjectMapper();
    static final int ROUNDS_MAX = 10;

    final List<PartitionInfo> partitions = new ArrayList<>();
    final Map<String, List<String>> topics = new TreeMap<>();
    final Map<String, List<TopicPartition>> owned = new TreeMap<>();

    Assignors(JsonNode view) {
        Node[] nodes = {NODE};
        view.get("topics").properties().forEach(topic -> {
            for (int p = 0; p < topic.getValue().asInt(); p++) {
                partitions.add(new PartitionInfo(topic.getKey(), p, NODE, nodes, nodes));
            }
        });
        view.get("members").properties().forEach(member -> {
            List<String> names = new ArrayList<>();
            member.getValue().forEach(name -> names.add(name.asText()));
            topics.put(member.getKey(), names);
            owned.put(member.getKey(), new ArrayList<>());
        });
        JsonNode lists = view.path("owned");
        lists.properties().forEach(member -> member.getValue().properties().forEach(
            topic -> topic.getValue().forEach(p -> {
                if (owned.containsKey(member.getKey())) {
                    owned.get(member.getKey()).add(new TopicPartition(topic.getKey(), p.asInt()));
                }
            })));
    }

    /** What each member gets, given what it has. */
    Map<String, List<TopicPartition>> ask(
        ConsumerPartitionAssignor assignor, Map<String, List<TopicPartition>> had) {
        Map<String, Subscription> subscriptions = new TreeMap<>();
        topics.forEach((member, names) -> subscriptions.put(member,
            new Subscription(names, null, had.get(member), 1, Optional.empty())));
        Cluster cluster = new Cluster("c", List.of(NODE), partitions, Set.of(), Set.of());
        Map<String, Assignment> answer =
            assignor.assign(cluster, new GroupSubscription(subscriptions)).groupAssignment();
        Map<String, List<TopicPartition>> result = new TreeMap<>();
        answer.forEach((member, assignment) -> result.put(member, assignment.partitions()));
        return result;
    }

    /** How many partitions it takes away from who has them, though somebody is to have them. */
    int moves(Map<String, List<TopicPartition>> had, Map<String, List<TopicPartition>> next) {
        Set<String> wanted = new TreeSet<>();
        topics.values().forEach(wanted::addAll);
        int moves = 0;
        for (Map.Entry<String, List<TopicPartition>> has : had.entrySet()) {
            Set<TopicPartition> kept = new HashSet<>(next.get(has.getKey()));
            for (TopicPartition partition : has.getValue()) {
                moves += !kept.contains(partition) && wanted.contains(partition.topic()) ? 1 : 0;
            }
        }
        return moves;
    }

    /** The moves, and the loads, most first. */
    List<Integer> measure(Map<String, List<TopicPartition>> next) {
        List<Integer> numbers = new ArrayList<>();
        next.values().forEach(list -> numbers.add(list.size()));
        numbers.sort(Comparator.reverseOrder());
        numbers.add(0, moves(owned, next));
        return numbers;
    }

    /** Gives everything that changes hands back first, as members do, until nothing has to. */
    Map<String, List<TopicPartition>> rest() {
        Map<String, List<TopicPartition>> had = owned;
        Map<String, List<TopicPartition>> next = ask(new CooperativeStickyAssignor(), had);
        for (int round = 1; round < ROUNDS_MAX && moves(had, next) > 0; round++) {
            had = next;
            next = ask(new CooperativeStickyAssignor(), had);
        }
        return next;
    }

    static int squares(List<Integer> measured) {
        return measured.stream().skip(1).mapToInt(load -> load * load).sum();
    }

    /** The first answer before what must be given back is taken out of it, or where it ends. */
    String better() {
        List<Integer> aim = measure(ask(new Aim(), owned));
        List<Integer> rest = measure(rest());
        int fewer = aim.get(0) - rest.get(0);
        boolean aims = fewer < 0 || (fewer == 0 && squares(aim) < squares(rest));
        return (aims ? aim : rest).toString().replaceAll("[\\[\\],]", "");
    }

    /** CooperativeStickyAssignor without what makes it cooperative. */
    static class Aim extends AbstractStickyAssignor {
        @Override
        public String name() {
            return "aim";
        }

        @Override
        protected MemberData memberData(Subscription subscription) {
            return new MemberData(subscription.ownedPartitions(), Optional.empty());
        }
    }

    static String print(Map<String, List<TopicPartition>> assignment) {
        Map<String, Map<String, TreeSet<Integer>>> sorted = new TreeMap<>();
        assignment.forEach((member, list) -> {
            Map<String, TreeSet<Integer>> mine = sorted.computeIfAbsent(member, m -> new TreeMap<>());
            list.forEach(p -> mine.computeIfAbsent(p.topic(), t -> new TreeSet<>()).add(p.partition()));
        });
        try {
            return JSON.writeValueAsString(sorted);
        } catch (java.io.IOException error) {
            throw new IllegalStateException(error);
        }
    }

    public static void main(String[] arguments) throws java.io.IOException {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line : Files.readAllLines(Path.of(arguments[0]))) {
            Assignors view = new Assignors(JSON.readTree(line));
            out.println(print(view.ask(new RangeAssignor(), view.owned)));
            out.println(print(view.ask(new RoundRobinAssignor(), view.owned)));
            out.println(view.better());
        }
        out.flush();
    }
}
