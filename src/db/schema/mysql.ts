/** Django's tables on MySQL and MariaDB, as `SHOW CREATE TABLE` tells them after `migrate` of Django 3.2 to 5.2. */
import type { DjangoTable } from './tables.ts'

export const mysqlSchema: Readonly<Record<DjangoTable, readonly string[]>> = {
  django_content_type: [
    `CREATE TABLE django_content_type (
      id int(11) NOT NULL AUTO_INCREMENT,
      app_label varchar(100) NOT NULL,
      model varchar(100) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY django_content_type_app_label_model_76bd3d3b_uniq (app_label,model)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  auth_permission: [
    `CREATE TABLE auth_permission (
      id int(11) NOT NULL AUTO_INCREMENT,
      name varchar(255) NOT NULL,
      content_type_id int(11) NOT NULL,
      codename varchar(100) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY auth_permission_content_type_id_codename_01ab375a_uniq (content_type_id,codename),
      CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES django_content_type (id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  auth_group: [
    `CREATE TABLE auth_group (
      id int(11) NOT NULL AUTO_INCREMENT,
      name varchar(150) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY name (name)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  auth_group_permissions: [
    `CREATE TABLE auth_group_permissions (
      id int(11) NOT NULL AUTO_INCREMENT,
      group_id int(11) NOT NULL,
      permission_id int(11) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY auth_group_permissions_group_id_permission_id_0cd325b0_uniq (group_id,permission_id),
      KEY auth_group_permissio_permission_id_84c5c92e_fk_auth_perm (permission_id),
      CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES auth_permission (id),
      CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES auth_group (id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  auth_user: [
    `CREATE TABLE auth_user (
      id int(11) NOT NULL AUTO_INCREMENT,
      password varchar(128) NOT NULL,
      last_login datetime(6) DEFAULT NULL,
      is_superuser tinyint(1) NOT NULL,
      username varchar(150) NOT NULL,
      first_name varchar(150) NOT NULL,
      last_name varchar(150) NOT NULL,
      email varchar(254) NOT NULL,
      is_staff tinyint(1) NOT NULL,
      is_active tinyint(1) NOT NULL,
      date_joined datetime(6) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY username (username)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  auth_user_groups: [
    `CREATE TABLE auth_user_groups (
      id int(11) NOT NULL AUTO_INCREMENT,
      user_id int(11) NOT NULL,
      group_id int(11) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY auth_user_groups_user_id_group_id_94350c0c_uniq (user_id,group_id),
      KEY auth_user_groups_group_id_97559544_fk_auth_group_id (group_id),
      CONSTRAINT auth_user_groups_group_id_97559544_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES auth_group (id),
      CONSTRAINT auth_user_groups_user_id_6a12ed8b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES auth_user (id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  auth_user_user_permissions: [
    `CREATE TABLE auth_user_user_permissions (
      id int(11) NOT NULL AUTO_INCREMENT,
      user_id int(11) NOT NULL,
      permission_id int(11) NOT NULL,
      PRIMARY KEY (id),
      UNIQUE KEY auth_user_user_permissions_user_id_permission_id_14a6b632_uniq (user_id,permission_id),
      KEY auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm (permission_id),
      CONSTRAINT auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES auth_permission (id),
      CONSTRAINT auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES auth_user (id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  django_session: [
    `CREATE TABLE django_session (
      session_key varchar(40) NOT NULL,
      session_data longtext NOT NULL,
      expire_date datetime(6) NOT NULL,
      PRIMARY KEY (session_key),
      KEY django_session_expire_date_a5c62663 (expire_date)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
  django_migrations: [
    `CREATE TABLE django_migrations (
      id int(11) NOT NULL AUTO_INCREMENT,
      app varchar(255) NOT NULL,
      name varchar(255) NOT NULL,
      applied datetime(6) NOT NULL,
      PRIMARY KEY (id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci`,
  ],
}
