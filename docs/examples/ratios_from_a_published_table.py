"""Does a board look like its city? From two published tables, without records of people."""

import pandas as pd

import participation_stats as ps

# As printed in a report: so many members of each group, and shares of the city.
board = pd.DataFrame(
    {
        "variable": ["housing_tenure", "housing_tenure"],
        "category": ["Renter", "Not a renter"],
        "count": [66, 362],
    }
)
city = pd.DataFrame(
    {
        "variable": ["housing_tenure", "housing_tenure"],
        "category": ["Renter", "Not a renter"],
        "share": [0.528, 0.472],
    }
)

found = ps.representativeness_ratios(board, city)
columns = ["category", "count", "expected", "ratio", "conf_low", "conf_high", "verdict"]
print(found.table[columns].round(2).to_string(index=False))

# Whatever leaves goes through protect: counts under 10 and what would give them away are withheld.
released = ps.protect(found, ps.Policy.publish())
released.table.to_csv("board_by_tenure.csv", index=False)
ps.draw_ratios(released, variable="housing_tenure").savefig("board_by_tenure.png")
print("Written: board_by_tenure.csv and board_by_tenure.png")
